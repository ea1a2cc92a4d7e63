// The floor under every request: http/ and runtime/ with a handler that does nothing else. What a
// GET or PUT of the real server costs beyond this is spent in the rooms above.
//
//   http_floor [THREADS]        GET /SIZE answers SIZE bytes at once, GET /stream/SIZE in chunks of
//   256 KiB, PUT reads
//                               the body. Prints its address; ends when its standard input does.

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/units.h"
#include "http/server.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"

namespace {

using namespace antipode;

class Zeros final : public ByteSource {
  public:
    explicit Zeros(std::uint64_t size) : left_(size) {}

    Task<Result<Bytes>> next() override {
        Bytes chunk(std::min<std::uint64_t>(left_, 256 * kKiB));
        left_ -= chunk.size();
        co_return chunk;
    }

  private:
    std::uint64_t left_;
};

std::uint64_t number_after(const std::string& text, std::size_t place) {
    std::uint64_t value = 0;
    std::from_chars(text.data() + place, text.data() + text.size(), value);
    return value;
}

class FloorHandler final : public http::Handler {
  public:
    Task<http::Response> handle(http::Request& request) override {
        http::Response response;
        if (request.method == "PUT") {
            while (true) {
                const auto chunk = co_await request.body->next();
                if (!chunk || chunk->empty()) {
                    co_return response;
                }
            }
        }
        if (request.target.starts_with("/stream/")) {
            response.stream_size = number_after(request.target, 8);
            response.stream = std::make_unique<Zeros>(*response.stream_size);
        } else {
            response.text = std::string(number_after(request.target, 1), 'x');
        }
        co_return response;
    }
};

}  // namespace

int main(int argc, char** argv) {
    runtime::IoThreads threads(argc > 1 ? number_after(argv[1], 0) : 1);
    FloorHandler handler;
    http::ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    http::Server server(std::move(options), handler, threads);
    if (const auto started = server.start(); !started) {
        fmt::print(stderr, "{}\n", started.error().message);
        return 1;
    }
    fmt::print("http://{}\n", server.addresses().front());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    runtime::run_to_end(threads.executor(0), server.stop(std::chrono::seconds(1)));
    threads.stop();
    return 0;
}

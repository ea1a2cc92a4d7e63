#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "edge/door.h"
#include "edge/front.h"
#include "edge/wire.h"
#include "http/client.h"
#include "http/server.h"
#include "runtime/one_shot.h"
#include "runtime/pieces_source.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_host.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

/// For tests of this room only: a client, an edge and regions in simulated time, with a long line
/// between the edge and the regions, on which connections break when a test wants it.
namespace antipode::edge {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

/// Bytes of which no two places look the same.
inline std::string patterned(std::size_t size) {
    std::string text(size, '\0');
    std::uint64_t state = size;
    for (char& c : text) {
        state = (state * 6364136223846793005U) + 1442695040888963407U;
        c = static_cast<char>(state >> 56U);
    }
    return text;
}

/// Breaks connections after a number of bytes, while it is told to.
class BreakingNetwork final : public runtime::Network {
  public:
    explicit BreakingNetwork(runtime::Network& inner) : inner_(inner) {}

    Result<std::unique_ptr<runtime::Listener>> listen(const std::string& address,
                                                      const runtime::TlsFiles& tls) override {
        return inner_.listen(address, tls);
    }

    Task<Result<std::unique_ptr<runtime::Stream>>> connect(std::string address,
                                                           bool tls,
                                                           runtime::Duration patience) override {
        CO_TRY(auto stream, co_await inner_.connect(std::move(address), tls, patience));
        ++connections;
        co_return std::make_unique<BreakingStream>(std::move(stream), *this);
    }

    /// Each time so many bytes have been written or read, the connection they were on breaks; 0 =
    /// none does.
    std::uint64_t breaks_every = 0;
    std::uint64_t moved = 0;
    std::uint64_t broken = 0;
    std::uint64_t connections = 0;

  private:
    class BreakingStream final : public runtime::Stream {
      public:
        BreakingStream(std::unique_ptr<runtime::Stream> inner, BreakingNetwork& network)
            : inner_(std::move(inner)), network_(network) {}

        Task<Result<std::size_t>> read_some(MutableByteView into) override {
            CO_TRY(const std::size_t count, co_await inner_->read_some(into));
            note(count);
            co_return count;
        }

        Task<Result<void>> write_all(std::vector<ByteView> pieces) override {
            std::size_t size = 0;
            for (const ByteView piece : pieces) {
                size += piece.size();
            }
            CO_TRY_VOID(co_await inner_->write_all(std::move(pieces)));
            note(size);
            co_return Result<void>();
        }

        void shutdown_write() override { inner_->shutdown_write(); }

        void close() override { inner_->close(); }

        void set_idle_timeout(runtime::Duration idle) override { inner_->set_idle_timeout(idle); }

        [[nodiscard]] std::string peer_address() const override { return inner_->peer_address(); }

        [[nodiscard]] bool is_tls() const override { return false; }

      private:
        void note(std::size_t count) {
            network_.moved += count;
            if (network_.breaks_every != 0 && network_.moved >= network_.breaks_every) {
                network_.moved = 0;
                ++network_.broken;
                inner_->close();
            }
        }

        std::unique_ptr<runtime::Stream> inner_;
        BreakingNetwork& network_;
    };

    runtime::Network& inner_;
};

class BreakingHost final : public runtime::Host {
  public:
    explicit BreakingHost(runtime::SimHost& inner) : inner_(inner), breaking(inner.network(0)) {}

    [[nodiscard]] std::size_t count() const override { return 1; }

    [[nodiscard]] runtime::Executor& executor(std::size_t index) override {
        return inner_.executor(index);
    }

    [[nodiscard]] runtime::Network& network(std::size_t /*index*/) override { return breaking; }

  private:
    runtime::SimHost& inner_;

  public:
    BreakingNetwork breaking;
};

/// Breaks when half of it has been read.
class BrokenSource final : public ByteSource {
  public:
    explicit BrokenSource(std::string text) : text_(std::move(text)) {}

    Task<Result<Bytes>> next() override {
        if (position_ >= text_.size() / 2) {
            co_return fail(ErrorCode::Io, "broken on purpose");
        }
        const std::string piece = text_.substr(position_, kChunkBytes);
        position_ += piece.size();
        co_return to_bytes(piece);
    }

  private:
    std::string text_;
    std::size_t position_ = 0;
};

/// Stands for a region's handler of requests: keeps what is put and gives it back.
class Objects final : public http::Handler {
  public:
    Task<http::Response> handle(http::Request& request) override {
        ++requests;
        last_host = request.headers.get("host");
        last_peer = request.peer_address;
        has_certificate |= !request.certified_name.empty();
        if (refuses) {
            http::Response refusal{.status = 403, .text = "refused by the region"};
            refusal.headers.add("x-oss-request-id", "of-the-region");
            co_return refusal;
        }
        if (request.method == "PUT") {
            co_return co_await put(request);
        }
        co_return give(request);
    }

    std::map<std::string, std::string> kept;
    std::size_t requests = 0;
    std::size_t failed_bodies = 0;
    bool refuses = false;
    bool has_certificate = false;
    runtime::Duration pause_between_reads{};
    bool hides_size = false;
    bool breaks_answers = false;
    std::string last_host;
    std::string last_peer;

  private:
    Task<http::Response> put(http::Request& request) {
        std::string body;
        while (true) {
            const auto piece = co_await request.body->next();
            if (!piece) {
                ++failed_bodies;
                co_return http::Response{.status = 400};
            }
            if (piece->empty()) {
                break;
            }
            body += as_text(*piece);
            co_await runtime::sleep_for(pause_between_reads);
        }
        kept[request.target] = std::move(body);
        co_return http::Response{.status = 200};
    }

    http::Response give(const http::Request& request) {
        const auto found = kept.find(request.target);
        if (found == kept.end()) {
            return {.status = 404, .text = "no such key"};
        }
        http::Response response;
        response.headers.add("etag", "\"e\"");
        if (request.method == "HEAD") {
            response.announced_size = found->second.size();
        } else {
            response.stream = std::make_unique<runtime::PiecesSource>(found->second, 300'000);
            if (breaks_answers) {
                response.stream = std::make_unique<BrokenSource>(found->second);
            }
            if (!hides_size) {
                response.stream_size = found->second.size();
            }
        }
        return response;
    }
};

/// A region: its door behind a server that shows what a real one has checked.
class Region {
  public:
    Region(std::string name, runtime::SimExecutor& time, runtime::SimNetwork& network)
        : name_(std::move(name)), time_(time), host_(name_, time, network) {}

    ~Region() { stop(); }

    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

    void start() {
        door_.emplace(
            objects, [this](std::string bucket) { return look(this, std::move(bucket)); }, options);
        http::ServerOptions server;
        server.listen = {name_ + ":443"};
        server_.emplace(server, certified_, host_);
        EXPECT_TRUE(server_->start());
        host_.executor(0).post([this] { door_->start(); });
    }

    void stop() {
        if (server_) {
            runtime::run_to_end(time_, host_.executor(0), server_->stop(0s));
            runtime::run_to_end(time_, host_.executor(0), door_->stop());
            server_.reset();
            door_.reset();
        }
    }

    /// What is under way ends at once, as when the process is killed.
    void kill() {
        runtime::run_to_end(time_, host_.executor(0), door_->stop());
        stop();
    }

    [[nodiscard]] Door& door() { return *door_; }

    Objects objects;
    DoorOptions options;
    std::map<std::string, bool> buckets{{"bucket", true}};

  private:
    /// Adds the certificate that simulated connections do not have.
    class Certified final : public http::Handler {
      public:
        explicit Certified(Region& region) : region_(region) {}

        Task<http::Response> handle(http::Request& request) override {
            request.certified_name = "edge-test";
            co_return co_await region_.door_->handle(request);
        }

      private:
        Region& region_;
    };

    static Task<Result<bool>> look(Region* region, std::string bucket) {
        const auto found = region->buckets.find(bucket);
        if (found == region->buckets.end()) {
            co_return fail(ErrorCode::NoSuchBucket);
        }
        co_return found->second;
    }

    std::string name_;
    runtime::SimExecutor& time_;
    runtime::SimHost host_;
    std::optional<Door> door_;
    Certified certified_{*this};
    std::optional<http::Server> server_;
};

class EdgeTest : public testing::Test {
  protected:
    static constexpr runtime::Duration kOneWay = 100ms;

    EdgeTest() { region.start(); }

    ~EdgeTest() override { stop_edge(); }

    void join(const std::string& name) {
        const runtime::SimLine line{.delay = kOneWay, .jitter = 20ms};
        network.set_line("edge", name, line);
        network.set_line(name, "edge", line);
        CarrierOptions options;
        options.region = name;
        options.address = name + ":443";
        options.tls = false;
        options.patience = 20s;
        regions.push_back(std::move(options));
    }

    /// The edge, with its connections open.
    void start_edge() {
        FrontOptions options;
        options.regions = regions;
        front.emplace(std::move(options), edge_host);
        http::ServerOptions server_options;
        server_options.listen = {"edge:80"};
        server.emplace(server_options, *front, edge_host);
        EXPECT_TRUE(server->start());
        front->start();
        pass(2s);
    }

    void stop_edge() {
        if (server) {
            runtime::run_to_end(time, edge_host.executor(0), server->stop(0s));
            runtime::run_to_end(time, edge_host.executor(0), front->stop());
            server.reset();
            front.reset();
        }
    }

    void pass(runtime::Duration duration) {
        runtime::run_to_end(time, client_host.executor(0), wait(duration));
    }

    static Task<void> wait(runtime::Duration duration) { co_await runtime::sleep_for(duration); }

    static http::ClientRequest request(std::string method,
                                       std::string target,
                                       const std::string& host = "bucket.localhost") {
        http::ClientRequest request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.add("Host", host);
        return request;
    }

    Task<Result<http::ClientResponse>> exchange(http::ClientRequest request) {
        http::ClientOptions options;
        options.address = "edge:80";
        options.idle_timeout = 10min;
        http::Client client(std::move(options), client_host.network(0));
        auto response = co_await client.call(std::move(request), 256 * kMiB);
        client.close();
        co_return response;
    }

    Task<void> keep(http::ClientRequest request, Result<http::ClientResponse>* into) {
        *into = co_await exchange(std::move(request));
    }

    Result<http::ClientResponse> ask(http::ClientRequest request) {
        return runtime::run_to_end(
            time, client_host.executor(0), exchange(std::move(request)), 24h);
    }

    int put(const std::string& target, std::string body) {
        http::ClientRequest putting = request("PUT", target);
        putting.text = std::move(body);
        const auto response = ask(std::move(putting));
        return response ? response->status : -1;
    }

    Result<http::ClientResponse> get(const std::string& target) {
        return ask(request("GET", target));
    }

    /// How long something took.
    template <typename Work>
    runtime::Duration timed(Work work) {
        const runtime::Instant begin = time.now();
        work();
        return time.now() - begin;
    }

    runtime::SimExecutor time{1};
    runtime::SimNetwork network{time};
    runtime::SimHost client_host{"client", time, network};
    runtime::SimHost edge_sim{"edge", time, network};
    BreakingHost edge_host{edge_sim};
    Region region{"far", time, network};
    std::vector<CarrierOptions> regions;
    std::optional<Front> front;
    std::optional<http::Server> server;
};

}  // namespace antipode::edge

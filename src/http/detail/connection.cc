#include "http/detail/connection.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "codec/ascii.h"
#include "http/detail/response_parser.h"

namespace antipode::http {

namespace {

constexpr std::size_t kInputBytes = 16 * kKiB;

}  // namespace

Connection::Connection(std::unique_ptr<runtime::Stream> stream,
                       std::string host,
                       runtime::Duration idle_timeout)
    : stream_(std::move(stream)), host_(std::move(host)), input_(kInputBytes) {
    stream_->set_idle_timeout(idle_timeout);
}

Task<Result<ClientResponse>> Connection::exchange(ClientRequest& request,
                                                  std::uint64_t text_bytes_max) {
    reusable_ = false;
    has_heard_ = false;
    const auto sent = co_await send(request);
    if (!sent && sent.error().code != ErrorCode::Closed) {
        co_return fail(sent.error());
    }
    auto response = co_await receive(request.method == "HEAD", text_bytes_max);
    // A server may refuse and stop reading before all is sent: its answer says more than our broken
    // pipe.
    reusable_ = reusable_ && sent;
    if (!response && !sent) {
        co_return fail(sent.error());
    }
    co_return response;
}

Result<void> Connection::write_head(const ClientRequest& request) {
    const bool is_one_line =
        !request.target.empty() && std::ranges::all_of(request.target, [](char c) {
            return c != ' ' && c != '\t' && codec::is_field_character(c);
        });
    if (!is_one_line || !codec::is_field_name(request.method)) {
        return fail(ErrorCode::InvalidArgument, "the request line would not be one line");
    }
    output_ = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
    if (!request.headers.contains("Host")) {
        output_ += fmt::format("Host: {}\r\n", host_);
    }
    for (const auto& [name, value] : request.headers.all()) {
        if (!codec::is_field_name(name) || !codec::is_field_value(value)) {
            return fail(ErrorCode::InvalidArgument,
                        "a header field has characters that no field may have");
        }
        output_ += fmt::format("{}: {}\r\n", name, value);
    }
    if (request.stream && !request.stream_size) {
        output_ += "Transfer-Encoding: chunked\r\n";
    } else if (request.stream) {
        output_ += fmt::format("Content-Length: {}\r\n", *request.stream_size);
    } else if (!request.text.empty() || (request.method != "GET" && request.method != "HEAD")) {
        output_ += fmt::format("Content-Length: {}\r\n", request.text.size());
    }
    output_ += "\r\n";
    return {};
}

Task<Result<void>> Connection::send(ClientRequest& request) {
    CO_TRY_VOID(write_head(request));
    if (request.stream) {
        co_return co_await send_stream(request);
    }
    std::vector<ByteView> pieces{as_bytes(output_), as_bytes(request.text)};
    co_return co_await stream_->write_all(std::move(pieces));
}

Task<Result<void>> Connection::send_stream(ClientRequest& request) {
    const bool is_chunked = !request.stream_size;
    std::uint64_t left = request.stream_size.value_or(0);
    std::string chunk_head;
    while (true) {
        CO_TRY(const Bytes chunk, co_await request.stream->next());
        const bool is_last = chunk.empty();
        if (!is_chunked && (chunk.size() > left || (is_last && left > 0))) {
            co_return fail(ErrorCode::Internal, "a request's body is not as long as announced");
        }
        left -= is_chunked ? 0 : chunk.size();
        std::vector<ByteView> pieces{as_bytes(output_)};
        if (is_chunked) {
            chunk_head = is_last ? "0\r\n" : fmt::format("{:x}\r\n", chunk.size());
            pieces.push_back(as_bytes(chunk_head));
        }
        pieces.push_back(chunk);
        if (is_chunked) {
            pieces.push_back(as_bytes("\r\n"));
        }
        CO_TRY_VOID(co_await stream_->write_all(std::move(pieces)));
        output_.clear();
        if (is_last || (!is_chunked && left == 0)) {
            co_return Result<void>();
        }
    }
}

Task<Result<ClientResponse>> Connection::receive(bool answers_head, std::uint64_t text_bytes_max) {
    ClientResponse response;
    const ResponseParser::Options options{.answers_head = answers_head,
                                          .text_bytes_max = text_bytes_max};
    ResponseParser parser(response, options);
    bool is_whole = false;
    while (!is_whole) {
        // What the parser leaves is the start of something not whole; the buffer grows for it, up
        // to the head's limit.
        const MutableByteView free = input_.prepare(kInputBytes);
        CO_TRY(const std::size_t count, co_await stream_->read_some(free));
        if (count == 0) {
            CO_TRY_VOID(parser.put_end());
            co_return response;
        }
        has_heard_ = true;
        input_.commit(count);
        CO_TRY(is_whole, parser.put(input_));
    }
    // More than was asked for: whatever it is, it is not the answer to our next request.
    reusable_ = parser.keep_alive() && input_.empty();
    co_return response;
}

}  // namespace antipode::http

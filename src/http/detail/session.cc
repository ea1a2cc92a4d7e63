#include "http/detail/session.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "runtime/link_network.h"

namespace antipode::http {

namespace {

using runtime::Executor;

/// A head with an ordinary signature fits; an idle connection costs no more.
constexpr std::size_t kIdleInputBytes = 2 * kKiB;
/// For a head that is longer.
constexpr std::size_t kInputBytes = 8 * kKiB;
/// For what is read while a chunked body is decoded.
constexpr std::size_t kChunkedInputBytes = 64 * kKiB;
constexpr std::size_t kBodyChunkBytes = 256 * kKiB;
/// A closed connection is read on so that the client sees our answer and not a reset; this is where
/// that ends.
constexpr runtime::Duration kLingerTime = std::chrono::seconds(5);
constexpr runtime::Duration kLingerIdleTime = std::chrono::seconds(1);

}  // namespace

/// The request's body as the handler sees it.
class Session::Body final : public ByteSource {
  public:
    explicit Body(Session& session) : session_(session) {}

    Task<Result<Bytes>> next() override { return session_.read_body(); }

  private:
    Session& session_;
};

Session::Session(std::unique_ptr<runtime::Stream> stream,
                 const ServerOptions& options,
                 Handler& handler,
                 Shard& shard)
    : stream_(std::move(stream)),
      options_(options),
      handler_(handler),
      shard_(shard),
      input_(kIdleInputBytes),
      peer_(stream_->peer_address()) {
    stream_->set_idle_timeout(options_.idle_timeout);
    shard_.sessions.push_back(*this);
}

Session::~Session() = default;

Task<void> Session::run() {
    bool goes_on = !shard_.stopping;
    while (goes_on) {
        goes_on = co_await serve_one();
    }
    if (lingers_) {
        co_await linger();
    }
    stream_->close();
}

Task<bool> Session::serve_one() {
    idle_ = input_.empty();
    input_.shrink(kIdleInputBytes);
    const std::ptrdiff_t head_size = co_await read_head();
    idle_ = false;
    if (head_size <= 0) {
        co_return head_size != 0 && co_await refuse(static_cast<int>(-head_size));
    }
    shard_.requests.fetch_add(1, std::memory_order_relaxed);

    Request request;
    const auto head = static_cast<std::size_t>(head_size);
    if (const int status = parser_.parse_head(input_.text().substr(0, head), request, facts_);
        status != 0) {
        co_return co_await refuse(status);
    }
    input_.consume(head);
    if (request.content_length.value_or(0) > options_.body_bytes_max) {
        co_return co_await refuse(413);
    }
    body_ = {.remaining = request.content_length.value_or(0),
             .is_chunked = request.is_chunked,
             .is_done = !request.is_chunked && request.content_length.value_or(0) == 0,
             .continue_pending = facts_.expects_continue};
    request.peer_address = peer_;
    request.is_tls = stream_->is_tls();
    request.certified_name = runtime::certified_name(*stream_);
    request.body = std::make_unique<Body>(*this);

    Response response;
    try {
        response = co_await handler_.handle(request);
    } catch (const std::exception&) {
        // A handler's slip costs its own request, not the process and all others.
        response = Response{.status = 500};
    }
    const ResponsePlan plan = plan_response(response, request.method, facts_.is_http_11);
    facts_.keep_alive = may_keep_alive() && plan.framing != Framing::Close;
    if (!co_await send(response, plan)) {
        co_return false;
    }
    lingers_ = !body_.is_done || !input_.empty();
    co_return facts_.keep_alive&& co_await drain();
}

Task<std::ptrdiff_t> Session::read_head() {
    std::size_t searched = 0;
    runtime::Instant first_byte{};
    while (true) {
        // RFC 9112 section 2.2: an empty line before a request is to be ignored.
        while (input_.text().starts_with("\r\n")) {
            input_.consume(2);
            searched = 0;
        }
        const std::string_view text = input_.text();
        const std::size_t end = find_head_end(text, searched);
        if (end != std::string_view::npos) {
            co_return end <= options_.head_bytes_max ? static_cast<std::ptrdiff_t>(end) : -431;
        }
        if (text.size() >= options_.head_bytes_max) {
            co_return -431;
        }
        // What does not begin with a letter never becomes a request (TLS on a plain port, for one).
        if (!text.empty() && text.front() != '\r' && (text.front() < 'A' || text.front() > 'z')) {
            co_return -400;
        }
        searched = text.size();
        if (searched > 0) {
            // Bytes that trickle in keep a connection from being idle, hence a limit for the whole
            // head.
            const runtime::Instant now = Executor::current().now();
            first_byte = first_byte == runtime::Instant{} ? now : first_byte;
            if (now - first_byte > options_.idle_timeout) {
                co_return -408;
            }
        }
        const auto filled = co_await fill_input(input_.empty() ? kIdleInputBytes : kInputBytes);
        idle_ = idle_ && input_.empty();
        if (!filled) {
            co_return filled.error().code == ErrorCode::Timeout && !input_.empty() ? -408 : 0;
        }
    }
}

/// Reads what there is, at least one byte. Grows the buffer when it is full.
Task<Result<void>> Session::fill_input(std::size_t capacity) {
    const MutableByteView free = input_.prepare(capacity);
    CO_TRY(const std::size_t count, co_await stream_->read_some(free));
    if (count == 0) {
        co_return fail(ErrorCode::IncompleteBody, "the client ended the connection");
    }
    input_.commit(count);
    co_return Result<void>();
}

/// An answer of our own to what never reached the handler. The connection ends with it: we do not
/// know where the next request would begin.
Task<bool> Session::refuse(int status) {
    facts_ = RequestFacts{};
    body_.is_done = false;
    Response response{.status = status,
                      .text = fmt::format("{} {}\n", status, reason_phrase(status))};
    response.headers.add("Content-Type", "text/plain");
    lingers_ = (co_await send(response, plan_response(response, "GET", true))).has_value();
    co_return false;
}

Task<Result<Bytes>> Session::read_body() {
    if (body_.is_done) {
        co_return Bytes{};
    }
    if (std::exchange(body_.continue_pending, false) && input_.empty()) {
        std::vector<ByteView> pieces{as_bytes("HTTP/1.1 100 Continue\r\n\r\n")};
        CO_TRY_VOID(co_await stream_->write_all(std::move(pieces)));
    }
    Result<Bytes> chunk =
        body_.is_chunked ? co_await read_chunked_body() : co_await read_sized_body();
    body_.is_broken = !chunk;
    co_return chunk;
}

Task<Result<Bytes>> Session::read_sized_body() {
    Bytes chunk(std::min<std::uint64_t>(body_.remaining, kBodyChunkBytes));
    std::size_t filled = std::min(chunk.size(), input_.size());
    std::memcpy(chunk.data(), input_.view().data(), filled);
    input_.consume(filled);
    while (filled < chunk.size()) {
        CO_TRY(const std::size_t count,
               co_await stream_->read_some(MutableByteView(chunk).subspan(filled)));
        if (count == 0) {
            co_return fail(ErrorCode::IncompleteBody,
                           "the client ended the connection within the body");
        }
        filled += count;
    }
    body_.remaining -= chunk.size();
    body_.is_done = body_.remaining == 0;
    co_return chunk;
}

Task<Result<Bytes>> Session::read_chunked_body() {
    Bytes chunk;
    while (true) {
        CO_TRY(body_.is_done, parser_.decode_chunked(input_, chunk, kBodyChunkBytes));
        if (body_.received + chunk.size() > options_.body_bytes_max) {
            co_return fail(ErrorCode::EntityTooLarge, "the body is larger than the server allows");
        }
        // Whatever has come goes on at once: a sender may wait for it to be seen before it sends
        // more.
        if (body_.is_done || !chunk.empty()) {
            body_.received += chunk.size();
            co_return chunk;
        }
        if (input_.size() >= kChunkedInputBytes) {
            co_return fail(ErrorCode::InvalidRequest,
                           "chunked body: a chunk's head or the trailers are too long");
        }
        CO_TRY_VOID(co_await fill_input(kChunkedInputBytes));
    }
}

Task<Result<void>> Session::send(Response& response, const ResponsePlan& plan) {
    output_.clear();
    if (body_.is_done && std::exchange(body_.continue_pending, false)) {
        // Not needed where there is no body, but botocore that once got a final answer instead of
        // the 100 that it waited for misreads the next 100 on the same connection (AWSConnection
        // keeps its response_class).
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    const ConnectionNote note{.keep_alive = facts_.keep_alive, .is_http_11 = facts_.is_http_11};
    write_response_head(
        output_, response, plan, note, shard_.date.at(Executor::current().wall_now()));
    if (plan.sends_body && response.stream) {
        co_return co_await send_stream(response, plan);
    }
    std::vector<ByteView> pieces;
    pieces.reserve(2);
    pieces.push_back(as_bytes(output_));
    if (plan.sends_body && !response.text.empty()) {
        pieces.push_back(as_bytes(response.text));
    }
    co_return co_await stream_->write_all(std::move(pieces));
}

/// The head goes out together with the first chunk. An error means that the answer is not whole:
/// the caller cuts the connection.
Task<Result<void>> Session::send_stream(Response& response, const ResponsePlan& plan) {
    std::uint64_t left = plan.length;
    std::string chunk_head;
    while (true) {
        CO_TRY(const Bytes chunk, co_await response.stream->next());
        const bool is_last = chunk.empty();
        if (plan.framing == Framing::Length && (chunk.size() > left || (is_last && left > 0))) {
            co_return fail(ErrorCode::Internal, "a response's body is not as long as announced");
        }
        left -= plan.framing == Framing::Length ? chunk.size() : 0;
        std::vector<ByteView> pieces;
        pieces.reserve(4);
        if (!output_.empty()) {
            pieces.push_back(as_bytes(output_));
        }
        if (plan.framing == Framing::Chunked) {
            chunk_head = is_last ? "0\r\n" : fmt::format("{:x}\r\n", chunk.size());
            pieces.push_back(as_bytes(chunk_head));
        }
        pieces.push_back(chunk);
        if (plan.framing == Framing::Chunked) {
            pieces.push_back(as_bytes("\r\n"));
        }
        CO_TRY_VOID(co_await stream_->write_all(std::move(pieces)));
        output_.clear();
        if (is_last || (plan.framing == Framing::Length && left == 0)) {
            co_return Result<void>();
        }
    }
}

/// Decided before the head of the answer goes out, which announces it.
bool Session::may_keep_alive() const {
    if (!facts_.keep_alive || shard_.stopping || body_.is_broken) {
        return false;
    }
    if (body_.is_done) {
        return true;
    }
    // A client that waits for "100 Continue" may or may not send the body after another answer.
    return !body_.continue_pending && body_.remaining <= options_.drain_bytes_max;
}

/// Reads what the handler left of the body. False when the connection cannot be used again.
Task<bool> Session::drain() {
    std::uint64_t drained = 0;
    while (!body_.is_done) {
        const auto chunk = co_await read_body();
        if (!chunk) {
            co_return false;
        }
        drained += chunk->size();
        if (drained > options_.drain_bytes_max) {
            co_return false;
        }
    }
    lingers_ = false;
    co_return true;
}

/// A close with unread bytes resets the connection, and the client may lose the answer that it has
/// not read yet.
Task<void> Session::linger() {
    stream_->shutdown_write();
    stream_->set_idle_timeout(kLingerIdleTime);
    Executor& executor = Executor::current();
    const runtime::Instant end = executor.now() + kLingerTime;
    Bytes sink(kChunkedInputBytes);
    while (!shard_.stopping && executor.now() < end) {
        const auto count = co_await stream_->read_some(sink);
        if (!count || *count == 0) {
            co_return;
        }
    }
}

}  // namespace antipode::http

#include "edge/carrier.h"

#include <utility>

#include <fmt/format.h>

#include "codec/uri.h"
#include "edge/detail/journey.h"
#include "edge/detail/line.h"

namespace antipode::edge {

struct Carrier::State {
    State(CarrierOptions options, runtime::Network& network)
        : line(std::make_shared<Line>(std::move(options), network)) {}

    const LinePtr line;
};

Carrier::Carrier(CarrierOptions options, runtime::Network& network)
    : state_(std::make_shared<State>(std::move(options), network)) {}

Carrier::~Carrier() = default;

void Carrier::start() {
    state_->line->group.spawn(state_->line->keep());
}

Task<void> Carrier::stop() {
    const LinePtr line = state_->line;
    line->is_stopping = true;
    line->talking.close();
    line->hauling.close();
    line->notified.raise();
    line->moved.raise();
    co_await line->group.join();
}

namespace {

RequestStart start_of(const http::Request& request) {
    return {.method = request.method,
            .target = request.target,
            .headers = request.headers.all(),
            .content_length = request.content_length,
            .is_chunked = request.is_chunked,
            .peer_address = request.peer_address,
            .is_tls = request.is_tls,
            .is_whole = true,
            .body = {}};
}

/// As much of the body as goes along with the head.
Task<Result<void>> read_first(http::Request& request, RequestStart& start) {
    start.is_whole = false;
    while (!start.is_whole && start.body.size() < kInlineBytes) {
        CO_TRY(const Bytes piece, co_await request.body->next());
        start.body += as_text(piece);
        start.is_whole = piece.empty() || start.body.size() == request.content_length;
    }
    co_return Result<void>();
}

http::Response response_of(const JourneyPtr& journey, AnswerStart start) {
    http::Response response;
    response.status = start.status;
    for (auto& [name, value] : start.headers) {
        response.headers.add(std::move(name), std::move(value));
    }
    response.announced_size = start.announced_size;
    if (!start.is_whole) {
        response.stream = make_fetched_body(journey, start);
        response.stream_size = start.size;
        return response;
    }
    if (start.size && *start.size != start.body.size()) {
        // The answer to a HEAD, whose body nobody asks for.
        response.stream = std::make_unique<runtime::MemorySource>(Bytes());
        response.stream_size = start.size;
    }
    response.text = std::move(start.body);
    journey->end();
    return response;
}

}  // namespace

Task<Result<http::Response>> Carrier::carry(http::Request& request) {
    const LinePtr line = state_->line;
    if (line->is_stopping) {
        co_return fail(ErrorCode::Unavailable, "the edge is about to stop");
    }
    RequestStart start = start_of(request);
    CO_TRY_VOID(co_await read_first(request, start));
    const auto journey = std::make_shared<Journey>(line);
    line->group.spawn(ask(journey, std::make_shared<const std::string>(encode(start))));
    runtime::TaskGroup uploading;
    if (!start.is_whole) {
        start.body.clear();
        uploading.spawn(upload(journey, &request));
    }
    auto answer = co_await journey->answer.wait();
    // It reads from the client's connection, which is used otherwise from now on.
    co_await uploading.join();
    if (!answer) {
        co_return fail(std::move(answer).error());
    }
    co_return response_of(journey, std::move(*answer));
}

Task<Result<bool>> Carrier::is_accelerated(std::string bucket) {
    const LinePtr line = state_->line;
    CO_TRY(const http::ClientResponse response,
           co_await line->talk("bucket?name=" + codec::percent_encode(bucket), {}));
    if (response.status == 404) {
        co_return fail(ErrorCode::NoSuchBucket);
    }
    if (response.status != 200) {
        co_return fail(ErrorCode::Unavailable,
                       fmt::format("region {} answered {}", line->options.region, response.status));
    }
    co_return response.text == "1";
}

std::uint64_t Carrier::buffered_bytes() const {
    return state_->line->buffered_bytes;
}

}  // namespace antipode::edge

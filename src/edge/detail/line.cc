#include "edge/detail/line.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/sleep.h"
#include "telemetry/log.h"

namespace antipode::edge {

namespace {

using namespace std::chrono_literals;

/// Requests that wait for an answer each hold a connection.
constexpr std::size_t kTalkingMax = 1024;
constexpr std::size_t kTalkingWarm = 8;
/// Longer than a region keeps us waiting on purpose.
constexpr runtime::Duration kDeadAfter = kAnswerPatience + 10s;
constexpr runtime::Duration kNoticePeriod = 2s;
/// Before the http client takes a connection for too old.
constexpr runtime::Duration kWarmPeriod = 10s;
constexpr std::size_t kOverMax = 256;
constexpr runtime::Duration kPauseMax = 1s;

http::ClientOptions client_options(const CarrierOptions& options, std::size_t connections_max) {
    http::ClientOptions client;
    client.address = options.address;
    client.connect.tls = options.tls;
    client.connect.credentials = options.credentials;
    client.connect.peer_name = options.region;
    client.connect.congestion = options.congestion;
    client.connect.retries_each_second = true;
    client.connections_max = connections_max;
    client.idle_timeout = kDeadAfter;
    return client;
}

}  // namespace

Line::Line(CarrierOptions its_options, runtime::Network& network)
    : options(std::move(its_options)),
      talking(client_options(options, kTalkingMax), network),
      hauling(client_options(options, options.streams), network) {}

Task<Result<http::ClientResponse>> Line::talk(std::string what, std::string body) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = std::string(kEdgePrefix) + what;
    request.text = std::move(body);
    auto response = co_await talking.call(std::move(request), kMessageBytesMax);
    if (response) {
        run_id = response->headers.get(kRunHeader);
    }
    co_return response;
}

Task<Result<http::ClientResponse>> Line::haul(std::string method,
                                              std::string what,
                                              std::string body) {
    http::ClientRequest request;
    request.method = std::move(method);
    request.target = std::string(kEdgePrefix) + what;
    request.text = std::move(body);
    co_return co_await hauling.call(std::move(request), kMessageBytesMax);
}

Task<void> Line::pause(runtime::Duration& delay) {
    co_await runtime::sleep_for(delay);
    delay = std::min(delay * 2, kPauseMax);
}

void Line::note_over(const std::string& exchange) {
    alive.erase(exchange);
    over.push_back(exchange);
    if (over.size() == kOverMax) {
        notified.raise();
    }
}

Task<void> Line::keep() {
    runtime::Executor& executor = runtime::Executor::current();
    std::optional<runtime::Instant> warmed;
    while (!is_stopping) {
        if (!warmed || executor.now() - *warmed >= kWarmPeriod) {
            warmed = executor.now();
            for (std::size_t i = 0; i < options.streams; ++i) {
                group.spawn(ping(&hauling));
            }
            for (std::size_t i = 0; i < kTalkingWarm; ++i) {
                group.spawn(ping(&talking));
            }
        }
        const std::uint64_t seen = notified.count();
        if (!alive.empty() || !over.empty()) {
            co_await tell();
        }
        co_await notified.wait_beyond(seen, kNoticePeriod);
    }
}

Task<void> Line::tell() {
    Notice notice{.alive = {alive.begin(), alive.end()}, .over = std::exchange(over, {})};
    // What is not heard ends by itself some time later.
    static_cast<void>(co_await talk("notice", encode(notice)));
}

/// Several at the same time each keep a connection.
Task<void> Line::ping(http::Client* client) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = std::string(kEdgePrefix) + "ping";
    auto response = co_await client->call(std::move(request), kMessageBytesMax);
    if (response) {
        run_id = response->headers.get(kRunHeader);
    }
    note_reached(response);
}

/// Says once that the region is out of reach, and once that it is not any more.
void Line::note_reached(const Result<http::ClientResponse>& response) {
    const bool is_reached = response && response->status == 200;
    if (std::exchange(is_reached_, is_reached) == is_reached || is_stopping) {
        return;
    }
    if (is_reached) {
        telemetry::log().info("a region is within reach again", {{"region", options.region}});
    } else {
        const std::string reason =
            response ? fmt::format("it answered {}", response->status) : response.error().message;
        telemetry::log().warning("a region cannot be reached",
                                 {{"region", options.region}, {"reason", reason}});
    }
}

}  // namespace antipode::edge

#include "admin/webhook.h"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "codec/hex.h"
#include "crypto/hmac.h"
#include "telemetry/log.h"

namespace antipode::admin {

using namespace std::chrono_literals;

namespace {

constexpr runtime::Duration kLookEvery = 500ms;
constexpr runtime::Duration kPauseMin = 1s;
constexpr runtime::Duration kPauseMax = 60s;
constexpr int kRefusalsMax = 5;

std::string body_of(const Event& event, const std::string& region) {
    const boost::json::object body{{"region", region},
                                   {"id", event.id},
                                   {"time_ms", event.time_ms},
                                   {"kind", event.kind},
                                   {"subject", event.subject},
                                   {"text", event.text}};
    return boost::json::serialize(body);
}

}  // namespace

std::string webhook_signature(std::string_view secret,
                              std::string_view time,
                              std::string_view body) {
    const std::string text = fmt::format("ANTIPODE-EVENT-1\n{}\n{}", time, body);
    return codec::hex_lower(crypto::hmac_sha256(as_bytes(secret), as_bytes(text)).bytes());
}

void Webhook::start(runtime::Network& network) {
    http::ClientOptions options;
    options.address = options_.address;
    options.connect.tls = options_.tls;
    options.connections_max = 1;
    client_ = std::make_unique<http::Client>(std::move(options), network);
    running_.spawn(run());
}

/// Where it was started.
Task<void> Webhook::stop() {
    is_stopping_ = true;
    stopping_.raise();
    if (client_) {
        client_->close();
    }
    co_await running_.join();
}

Task<void> Webhook::run() {
    std::uint64_t told = 0;
    while (!is_stopping_) {
        for (Event& event : events_.after(told)) {
            told = event.id;
            co_await tell(std::move(event));
        }
        co_await stopping_.wait_beyond(stopping_.count(), kLookEvery);
    }
}

Task<void> Webhook::tell(Event event) {
    runtime::Duration pause = kPauseMin;
    int refusals = 0;
    while (!is_stopping_) {
        const int status = co_await post(event);
        if (status >= 200 && status < 300) {
            co_return;
        }
        if (status >= 400 && status < 500 && ++refusals == kRefusalsMax) {
            telemetry::log().warning(
                "the webhook refuses an event, which is left out",
                {{"event", std::to_string(event.id)}, {"status", std::to_string(status)}});
            co_return;
        }
        co_await stopping_.wait_beyond(stopping_.count(), pause);
        pause = std::min(pause * 2, kPauseMax);
    }
}

/// The status, or 0 when there was no answer.
Task<int> Webhook::post(const Event& event) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = options_.target;
    request.text = body_of(event, options_.region);
    const auto now = runtime::Executor::current().wall_now();
    const std::string time = std::to_string(now.time_since_epoch().count());
    request.headers.set("Content-Type", "application/json");
    request.headers.set("x-antipode-time", time);
    request.headers.set("x-antipode-signature",
                        webhook_signature(options_.secret, time, request.text));
    const auto response = co_await client_->call(std::move(request));
    co_return response ? response->status : 0;
}

}  // namespace antipode::admin

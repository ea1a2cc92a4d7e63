#include "edge/front.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "codec/xml_writer.h"
#include "protocol/parsed_request.h"
#include "runtime/sleep.h"
#include "telemetry/log.h"

namespace antipode::edge {

namespace {

using namespace std::chrono_literals;

/// For so long a bucket is taken to be where it was found.
constexpr runtime::Duration kKnownFor = 60s;
constexpr std::size_t kKnownMax = 10'000;

/// An error in words that both dialects have.
struct Refusal {
    int status = 503;
    std::string_view code = "ServiceUnavailable";
    std::string message;
};

Refusal refusal_for(const Error& error) {
    switch (error.code) {
        case ErrorCode::NoSuchBucket:
            return {404, "NoSuchBucket", "The specified bucket does not exist."};
        case ErrorCode::IncompleteBody:
            return {400, "IncompleteBody", error.message};
        case ErrorCode::EntityTooLarge:
            return {400, "EntityTooLarge", error.message};
        case ErrorCode::InvalidRequest:
            return {400, "InvalidRequest", error.message};
        default:
            return {503, "ServiceUnavailable", error.message};
    }
}

http::Response plain(std::string text) {
    http::Response response;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.text = std::move(text) + "\n";
    return response;
}

}  // namespace

/// What one thread has: carriers of its own, in the order of the options, and where it has found
/// buckets.
struct Front::Place {
    struct Known {
        std::size_t region = 0;
        runtime::Instant until;
    };

    std::vector<std::unique_ptr<Carrier>> carriers;
    std::map<std::string, Known> known;
};

struct Front::State {
    State(FrontOptions its_options, runtime::Host& its_host)
        : options(std::move(its_options)), host(its_host), places(its_host.count()) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            for (const CarrierOptions& region : options.regions) {
                places[i].carriers.push_back(std::make_unique<Carrier>(region, host.network(i)));
            }
        }
    }

    Place& here();
    Task<Result<Carrier*>> carrier_for(std::string bucket);
    http::Response refuse(const http::Request& request, const Refusal& refusal);

    const FrontOptions options;
    runtime::Host& host;
    std::vector<Place> places;
    protocol::RequestIds request_ids{runtime::random_bits()};
};

Front::Place& Front::State::here() {
    std::size_t index = 0;
    while (index + 1 < places.size() && &host.executor(index) != &runtime::Executor::current()) {
        ++index;
    }
    return places[index];
}

/// Bucket names are unique over all regions; where operators have not kept to that, an accelerated
/// one goes first, and then the order of the options.
Task<Result<Carrier*>> Front::State::carrier_for(std::string bucket) {
    Place& place = here();
    if (place.carriers.size() == 1) {
        co_return place.carriers.front().get();
    }
    const runtime::Instant now = runtime::Executor::current().now();
    const auto known = place.known.find(bucket);
    if (known != place.known.end() && known->second.until > now) {
        co_return place.carriers[known->second.region].get();
    }
    std::optional<std::size_t> found;
    Error error{ErrorCode::NoSuchBucket, {}};
    for (std::size_t i = 0; i < place.carriers.size(); ++i) {
        const auto is_accelerated = co_await place.carriers[i]->is_accelerated(bucket);
        if (!is_accelerated && is_accelerated.error().code != ErrorCode::NoSuchBucket) {
            error = is_accelerated.error();
        }
        if (is_accelerated && (*is_accelerated || !found)) {
            found = i;
        }
        if (is_accelerated && *is_accelerated) {
            break;
        }
    }
    if (!found) {
        co_return fail(std::move(error));
    }
    if (place.known.size() >= kKnownMax) {
        place.known.clear();
    }
    place.known.insert_or_assign(std::move(bucket),
                                 Place::Known{.region = *found, .until = now + kKnownFor});
    co_return place.carriers[*found].get();
}

http::Response Front::State::refuse(const http::Request& request, const Refusal& refusal) {
    const std::string id = request_ids.next(runtime::Executor::current().wall_now());
    codec::XmlWriter xml;
    xml.open("Error").element("Code", refusal.code).element("Message", refusal.message);
    xml.element("RequestId", id).element("HostId", request.headers.get("host")).close();
    http::Response response;
    response.status = refusal.status;
    response.headers.add("Content-Type", "application/xml");
    const bool is_s3 = protocol::dialect_of(request, options.fallback) == protocol::Dialect::S3;
    response.headers.add(is_s3 ? "x-amz-request-id" : "x-oss-request-id", id);
    if (refusal.status == 503) {
        response.headers.add("Retry-After", "1");
    }
    response.text = xml.take();
    return response;
}

Front::Front(FrontOptions options, runtime::Host& host)
    : state_(std::make_shared<State>(std::move(options), host)) {}

Front::~Front() = default;

void Front::start() {
    for (std::size_t i = 0; i < state_->places.size(); ++i) {
        state_->host.executor(i).post([state = state_, i] {
            for (const auto& carrier : state->places[i].carriers) {
                carrier->start();
            }
        });
    }
}

Task<void> Front::stop() {
    const std::shared_ptr<State> state = state_;
    runtime::Executor& home = runtime::Executor::current();
    for (std::size_t i = 0; i < state->places.size(); ++i) {
        co_await runtime::resume_on(state->host.executor(i));
        for (const auto& carrier : state->places[i].carriers) {
            co_await carrier->stop();
        }
    }
    co_await runtime::resume_on(home);
}

Task<http::Response> Front::handle(http::Request& request) {
    const std::shared_ptr<State> state = state_;
    const auto bucket = state->options.hosts.bucket_of(request.headers.get("host"));
    if (!bucket) {
        if (request.target.starts_with("/-/health/live") ||
            request.target.starts_with("/-/health/ready")) {
            co_return plain("ready");
        }
        Refusal refusal{.status = 403,
                        .code = "AccessDenied",
                        .message = "An accelerate endpoint serves buckets that the host names."};
        co_return state->refuse(request, refusal);
    }
    const auto carrier = co_await state->carrier_for(*bucket);
    if (!carrier) {
        co_return state->refuse(request, refusal_for(carrier.error()));
    }
    auto response = co_await (*carrier)->carry(request);
    if (!response) {
        telemetry::log().warning("a request was not carried",
                                 {{"bucket", *bucket}, {"reason", response.error().message}});
        co_return state->refuse(request, refusal_for(response.error()));
    }
    co_return std::move(*response);
}

std::uint64_t Front::buffered_bytes() const {
    std::uint64_t bytes = 0;
    for (const Place& place : state_->places) {
        for (const auto& carrier : place.carriers) {
            bytes += carrier->buffered_bytes();
        }
    }
    return bytes;
}

}  // namespace antipode::edge

#include "server/request_meter.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace antipode::server {

namespace {

constexpr std::array<std::string_view, 6> kMethodNames{
    "GET", "PUT", "POST", "DELETE", "HEAD", "other"};
constexpr std::array<std::string_view, 2> kDialectNames{"oss", "s3"};
constexpr std::size_t kOss = 0;
constexpr std::size_t kS3 = 1;

std::size_t method_index(std::string_view method) {
    const auto found = std::ranges::find(kMethodNames, method);
    return std::min<std::size_t>(static_cast<std::size_t>(found - kMethodNames.begin()),
                                 kMethodNames.size() - 1);
}

/// A body on its way out; tells the meter when it is over, however it ends.
class MeteredBody final : public ByteSource {
  public:
    /// A body of a known `size` is not asked for its end: its last byte is the end.
    MeteredBody(std::unique_ptr<ByteSource> inner,
                std::optional<std::uint64_t> size,
                RequestMeter& meter,
                RequestMeter::Ended ended)
        : inner_(std::move(inner)), size_(size), meter_(meter), ended_(std::move(ended)) {
        ended_.is_complete = size_ == 0;
    }

    ~MeteredBody() override { meter_.record(ended_); }

    Task<Result<Bytes>> next() override {
        Result<Bytes> chunk = co_await inner_->next();
        if (chunk) {
            ended_.sent_bytes += chunk->size();
            ended_.is_complete = chunk->empty() || ended_.sent_bytes == size_;
        }
        co_return chunk;
    }

  private:
    std::unique_ptr<ByteSource> inner_;
    std::optional<std::uint64_t> size_;
    RequestMeter& meter_;
    RequestMeter::Ended ended_;
};

}  // namespace

RequestMeter::RequestMeter(http::Handler& inner,
                           telemetry::Metrics& metrics,
                           telemetry::Log& log,
                           runtime::Duration slow)
    : inner_(inner),
      metrics_(metrics),
      log_(log),
      slow_(slow),
      received_bytes_(metrics.counter("antipode_request_body_bytes_total",
                                      "Bytes of request bodies announced by clients.")),
      sent_bytes_(metrics.counter("antipode_response_body_bytes_total",
                                  "Bytes of response bodies produced.")),
      cut_answers_(
          metrics.counter("antipode_responses_cut_total", "Answers that did not reach their end.")),
      in_flight_(metrics.gauge("antipode_requests_in_flight", "Requests being answered now.")) {}

Task<http::Response> RequestMeter::handle(http::Request& request) {
    Ended ended;
    ended.started = runtime::Executor::current().now();
    in_flight_.add(1);
    if (traffic_ != nullptr) {
        ended.watched = traffic_->request_begins(ended.started);
    }
    received_bytes_.add(request.content_length.value_or(0));
    http::Response response = co_await inner_.handle(request);

    // The gateways say by their own header which dialect they spoke.
    const std::string* oss_id = response.headers.find("x-oss-request-id");
    ended.dialect = oss_id != nullptr ? kOss : kS3;
    ended.request_id =
        oss_id != nullptr ? *oss_id : std::string(response.headers.get("x-amz-request-id"));
    ended.method = request.method;
    ended.target = request.target;
    ended.peer = request.peer_address;
    ended.status = response.status;
    if (response.stream) {
        response.stream = std::make_unique<MeteredBody>(
            std::move(response.stream), response.stream_size, *this, std::move(ended));
    } else {
        ended.sent_bytes = response.text.size();
        record(ended);
    }
    co_return response;
}

void RequestMeter::record(const Ended& ended) {
    const std::size_t method = method_index(ended.method);
    in_flight_.add(-1);
    counter(ended.dialect, method, ended.status).add();
    sent_bytes_.add(ended.sent_bytes);
    if (!ended.is_complete) {
        cut_answers_.add();
    }
    const runtime::Executor* executor = runtime::Executor::current_or_null();
    if (executor == nullptr) {
        return;  // The server is being taken apart with answers half sent; there is no clock any
                 // more.
    }
    if (traffic_ != nullptr) {
        const bool is_failed = ended.status >= 500 || !ended.is_complete;
        traffic_->request_ends(ended.watched, executor->now(), is_failed);
    }
    const runtime::Duration took = executor->now() - ended.started;
    times(ended.dialect, method).record(took);
    const bool is_slow = took >= slow_;
    const telemetry::LogLevel level =
        is_slow ? telemetry::LogLevel::Warning : telemetry::LogLevel::Debug;
    if (log_.shows(level)) {
        log_.write(level,
                   is_slow ? "slow request" : "request",
                   {{"method", ended.method},
                    {"target", ended.target},
                    {"status", ended.status},
                    {"took_ms", std::chrono::duration<double, std::milli>(took).count()},
                    {"sent_bytes", ended.sent_bytes},
                    {"complete", ended.is_complete},
                    {"peer", ended.peer},
                    {"request_id", ended.request_id}});
    }
}

telemetry::Counter& RequestMeter::counter(std::size_t dialect, std::size_t method, int status) {
    const int known = std::clamp(status, kStatusMin, kStatusMax);
    auto& slot = counts_.at(dialect).at(method).at(static_cast<std::size_t>(known - kStatusMin));
    telemetry::Counter* found = slot.load(std::memory_order_acquire);
    if (found == nullptr) {
        found = &metrics_.counter("antipode_requests_total",
                                  "Requests answered.",
                                  {{"dialect", std::string(kDialectNames.at(dialect))},
                                   {"method", std::string(kMethodNames.at(method))},
                                   {"status", std::to_string(known)}});
        slot.store(found, std::memory_order_release);
    }
    return *found;
}

telemetry::Histogram& RequestMeter::times(std::size_t dialect, std::size_t method) {
    auto& slot = times_.at(dialect).at(method);
    telemetry::Histogram* found = slot.load(std::memory_order_acquire);
    if (found == nullptr) {
        found = &metrics_.histogram("antipode_request_seconds",
                                    "From the request's head to the answer's last byte.",
                                    telemetry::Unit::Seconds,
                                    {{"dialect", std::string(kDialectNames.at(dialect))},
                                     {"method", std::string(kMethodNames.at(method))}});
        slot.store(found, std::memory_order_release);
    }
    return *found;
}

}  // namespace antipode::server

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "admin/traffic_watch.h"
#include "http/message.h"
#include "runtime/executor.h"
#include "runtime/task.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace antipode::server {

/// Counts and times the requests of clients on their way to the gateways, writes the access log
/// (level debug) and the log of slow requests. A request ends when the last byte of its answer has
/// been produced.
class RequestMeter final : public http::Handler {
  public:
    /// All outlive this object and the answers that are still being sent.
    RequestMeter(http::Handler& inner,
                 telemetry::Metrics& metrics,
                 telemetry::Log& log,
                 runtime::Duration slow);

    Task<http::Response> handle(http::Request& request) override;

    /// What is known of a request when it ends.
    struct Ended {
        std::string method;
        std::string target;
        std::string peer;
        std::string request_id;
        std::size_t dialect = 0;
        int status = 0;
        std::uint64_t sent_bytes = 0;
        bool is_complete =
            true;  ///< False: the client went away, or the body could not be read to its end.
        runtime::Instant started;
        admin::TrafficWatch::Ticket watched = 0;
    };

    void record(const Ended& ended);

    /// Tells `traffic` of every request from now on. It outlives the answers being sent.
    void tell(admin::TrafficWatch& traffic) { traffic_ = &traffic; }

  private:
    static constexpr std::size_t kDialects = 2;
    static constexpr std::size_t kMethods = 6;
    static constexpr int kStatusMin = 100;
    static constexpr int kStatusMax = 599;

    // Registered when first seen: most of the combinations never are. Two threads may both
    // register; they get the same.
    telemetry::Counter& counter(std::size_t dialect, std::size_t method, int status);
    telemetry::Histogram& times(std::size_t dialect, std::size_t method);

    http::Handler& inner_;
    telemetry::Metrics& metrics_;
    telemetry::Log& log_;
    runtime::Duration slow_;
    admin::TrafficWatch* traffic_ = nullptr;
    std::array<std::array<std::atomic<telemetry::Histogram*>, kMethods>, kDialects> times_{};
    std::array<std::array<std::array<std::atomic<telemetry::Counter*>, kStatusMax - kStatusMin + 1>,
                          kMethods>,
               kDialects>
        counts_{};
    telemetry::Counter& received_bytes_;
    telemetry::Counter& sent_bytes_;
    telemetry::Counter& cut_answers_;
    telemetry::Gauge& in_flight_;
};

}  // namespace antipode::server

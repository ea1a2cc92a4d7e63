#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/message.h"
#include "telemetry/metrics.h"

namespace antipode::server {

/// GET /-/metrics, for Prometheus.
class MetricsPage final : public http::Handler {
  public:
    /// Text of the exposition format that is made when it is asked for.
    using Section = std::function<Task<std::string>()>;

    explicit MetricsPage(const telemetry::Metrics& metrics) : metrics_(metrics) {}

    /// What the section refers to outlives all requests. Any thread.
    void add(Section section);

    Task<http::Response> handle(http::Request& request) override;

  private:
    const telemetry::Metrics& metrics_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<const Section>> sections_;
};

/// What the process takes: memory, CPU time, open files.
void observe_process(telemetry::Metrics& metrics);

}  // namespace antipode::server

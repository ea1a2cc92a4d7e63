#pragma once

#include "http/message.h"
#include "telemetry/metrics.h"

namespace antipode::server {

/// GET /-/metrics, for Prometheus.
class MetricsPage final : public http::Handler {
  public:
    explicit MetricsPage(const telemetry::Metrics& metrics) : metrics_(metrics) {}

    Task<http::Response> handle(http::Request& request) override;

  private:
    const telemetry::Metrics& metrics_;
};

/// What the process takes: memory, CPU time, open files.
void observe_process(telemetry::Metrics& metrics);

}  // namespace antipode::server

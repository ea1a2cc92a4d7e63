#include "server/metrics_page.h"

#include <chrono>

#include "runtime/process_usage.h"

namespace antipode::server {

void MetricsPage::add(Section section) {
    const std::scoped_lock lock(mutex_);
    sections_.push_back(std::make_shared<const Section>(std::move(section)));
}

Task<http::Response> MetricsPage::handle(http::Request& request) {
    http::Response response;
    if (request.method != "GET") {
        response.status = 405;
        response.headers.add("Allow", "GET");
        co_return response;
    }
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.text = metrics_.exposition();
    std::vector<std::shared_ptr<const Section>> sections;
    {
        const std::scoped_lock lock(mutex_);
        sections = sections_;
    }
    for (const auto& section : sections) {
        response.text += co_await (*section)();
    }
    co_return response;
}

void observe_process(telemetry::Metrics& metrics) {
    metrics.observe(
        "process_resident_memory_bytes", "Memory of the process that is in RAM.", {}, [] {
            return static_cast<double>(runtime::process_usage().resident_bytes);
        });
    metrics.observe("process_cpu_seconds_total", "User and system time of the process.", {}, [] {
        return std::chrono::duration<double>(runtime::process_usage().cpu).count();
    });
    metrics.observe("process_open_fds", "Files and sockets that are open.", {}, [] {
        return static_cast<double>(runtime::process_usage().open_files);
    });
}

}  // namespace antipode::server

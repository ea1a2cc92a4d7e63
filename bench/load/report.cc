#include "bench/load/report.h"

#include <array>
#include <iterator>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace antipode::bench {

namespace {

constexpr std::array kAllVerbs{Verb::Put, Verb::Get, Verb::Head, Verb::List, Verb::Delete};

double milliseconds(std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1e6;
}

struct ServerSums {
    double cpu_seconds = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t resident_bytes = 0;
};

ServerSums sums_of(const Report& report) {
    ServerSums sums;
    for (const ProcessCost& server : report.servers) {
        sums.cpu_seconds += server.cpu_seconds;
        sums.written_bytes += server.written_bytes;
        sums.resident_bytes += server.resident_bytes;
    }
    return sums;
}

boost::json::object json_of(const VerbTally& verb, double seconds) {
    const Histogram& latency = verb.latency;
    return {{"count", latency.count()},
            {"failed", verb.failed},
            {"verified", verb.verified},
            {"bytes", verb.bytes},
            {"per_second", static_cast<double>(latency.count()) / seconds},
            {"mib_per_second", static_cast<double>(verb.bytes) / seconds / (1 << 20)},
            {"ms",
             {{"mean", milliseconds(latency.mean())},
              {"p50", milliseconds(latency.percentile(0.5))},
              {"p90", milliseconds(latency.percentile(0.9))},
              {"p99", milliseconds(latency.percentile(0.99))},
              {"p999", milliseconds(latency.percentile(0.999))},
              {"max", milliseconds(latency.max())}}}};
}

std::uint64_t sent_bytes(const Report& report) {
    return report.tally.of(Verb::Put).bytes;
}

}  // namespace

std::uint64_t succeeded(const Report& report) {
    std::uint64_t sum = 0;
    for (const Verb verb : kAllVerbs) {
        sum += report.tally.of(verb).latency.count();
    }
    return sum;
}

std::uint64_t failed(const Report& report) {
    std::uint64_t sum = 0;
    for (const Verb verb : kAllVerbs) {
        sum += report.tally.of(verb).failed;
    }
    return sum;
}

std::string to_json(const Report& report) {
    const auto requests = static_cast<double>(std::max<std::uint64_t>(succeeded(report), 1));
    boost::json::object out{
        {"seconds", report.seconds},
        {"succeeded", succeeded(report)},
        {"failed", failed(report)},
        {"per_second", static_cast<double>(succeeded(report)) / report.seconds},
        {"longest_gap_ms", report.longest_gap_ms},
        {"reconnects", report.tally.reconnects},
        {"client_cpu_ms_per_request", report.client_cpu_seconds * 1e3 / requests}};
    boost::json::object verbs;
    for (const Verb verb : kAllVerbs) {
        const VerbTally& tally = report.tally.of(verb);
        if (tally.latency.count() + tally.failed > 0) {
            verbs[name_of(verb)] = json_of(tally, report.seconds);
        }
    }
    out["verbs"] = std::move(verbs);
    boost::json::object failures;
    for (const auto& [what, count] : report.tally.failures) {
        failures[what] = count;
    }
    out["failures"] = std::move(failures);
    if (!report.servers.empty()) {
        const ServerSums sums = sums_of(report);
        out["server_cpu_ms_per_request"] = sums.cpu_seconds * 1e3 / requests;
        out["server_resident_mib"] = static_cast<double>(sums.resident_bytes) / (1 << 20);
        out["server_written_bytes"] = sums.written_bytes;
        if (sent_bytes(report) > 0) {
            out["written_per_user_byte"] =
                static_cast<double>(sums.written_bytes) / static_cast<double>(sent_bytes(report));
        }
        boost::json::object each;
        for (const ProcessCost& server : report.servers) {
            each[std::to_string(server.pid)] = {
                {"cpu_ms_per_request", server.cpu_seconds * 1e3 / requests},
                {"written_bytes", server.written_bytes},
                {"resident_mib", static_cast<double>(server.resident_bytes) / (1 << 20)}};
        }
        out["servers"] = std::move(each);
    }
    return boost::json::serialize(out);
}

std::string to_text(const Report& report) {
    std::string text;
    auto out = std::back_inserter(text);
    for (const Verb verb : kAllVerbs) {
        const VerbTally& tally = report.tally.of(verb);
        if (tally.latency.count() + tally.failed == 0) {
            continue;
        }
        fmt::format_to(out,
                       "{:<6} {:>9.0f}/s {:>8.1f} MiB/s   ms: p50 {:.3f} p90 {:.3f} p99 {:.3f} "
                       "p99.9 {:.3f} max {:.3f}   {} failed, {} verified\n",
                       name_of(verb),
                       static_cast<double>(tally.latency.count()) / report.seconds,
                       static_cast<double>(tally.bytes) / report.seconds / (1 << 20),
                       milliseconds(tally.latency.percentile(0.5)),
                       milliseconds(tally.latency.percentile(0.9)),
                       milliseconds(tally.latency.percentile(0.99)),
                       milliseconds(tally.latency.percentile(0.999)),
                       milliseconds(tally.latency.max()),
                       tally.failed,
                       tally.verified);
    }
    const auto requests = static_cast<double>(std::max<std::uint64_t>(succeeded(report), 1));
    fmt::format_to(out,
                   "in {:.1f} s: {} succeeded, {} failed; longest gap {:.1f} ms; client {:.4f} CPU "
                   "ms a request",
                   report.seconds,
                   succeeded(report),
                   failed(report),
                   report.longest_gap_ms,
                   report.client_cpu_seconds * 1e3 / requests);
    if (!report.servers.empty()) {
        const ServerSums sums = sums_of(report);
        fmt::format_to(out,
                       "; server {:.4f} CPU ms a request, {:.0f} MiB resident",
                       sums.cpu_seconds * 1e3 / requests,
                       static_cast<double>(sums.resident_bytes) / (1 << 20));
        if (sent_bytes(report) > 0) {
            fmt::format_to(
                out,
                ", {:.2f} bytes written per user byte",
                static_cast<double>(sums.written_bytes) / static_cast<double>(sent_bytes(report)));
        }
    }
    text += '\n';
    for (const auto& [what, count] : report.tally.failures) {
        fmt::format_to(out, "  {} x {}\n", count, what);
    }
    return text;
}

}  // namespace antipode::bench

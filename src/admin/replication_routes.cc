#include "admin/replication_routes.h"

#include <boost/json/array.hpp>

#include "admin/json_fields.h"
#include "model/text_names.h"

namespace antipode::admin {

namespace {

constexpr std::uint64_t kWaitSecondsDefault = 60;
constexpr std::uint64_t kWaitSecondsMax = 3600;

boost::json::value describe(const replication::RuleStatus& status) {
    boost::json::array prefixes;
    for (const std::string& prefix : status.rule.prefixes) {
        prefixes.emplace_back(prefix);
    }
    const double history = status.history_total == 0
                               ? (status.history_done ? 1.0 : 0.0)
                               : static_cast<double>(status.history_copied) /
                                     static_cast<double>(status.history_total);
    return {{"bucket", status.bucket},
            {"rule", status.rule.id},
            {"target_bucket", status.rule.target_bucket.str()},
            {"target_region", status.rule.target_region},
            {"prefixes", std::move(prefixes)},
            {"action", status.rule.action_text},
            {"state", oss_name(status.rule.status)},
            {"reachable", status.is_reachable},
            {"fenced", status.is_fenced},
            {"last_error", status.last_error},
            {"head_revision", status.head_revision},
            {"cursor_revision", status.cursor_revision},
            {"backlog_operations", status.backlog_operations},
            {"backlog_bytes", status.backlog_bytes},
            {"oldest_pending_ms", status.oldest_pending_ms},
            {"recovery_point_ms", status.recovery_point_ms},
            {"history_total", status.history_total},
            {"history_copied", status.history_copied},
            {"history_done", status.history_done},
            {"history_fraction", history},
            {"exceptions", status.exceptions},
            {"operations_sent", status.operations_sent},
            {"bytes_sent", status.bytes_sent},
            {"lag_p50_ms", status.lag_p50_ms},
            {"lag_p99_ms", status.lag_p99_ms},
            {"lag_max_ms", status.lag_max_ms}};
}

boost::json::value describe(const replication::ReplicationException& exception) {
    return {{"key", exception.key},
            {"version_id",
             exception.is_null ? std::string(kNullVersionId) : to_version_id(exception.order)},
            {"operation", exception.is_purge ? "purge" : "put"},
            {"reason", exception.reason},
            {"tries", exception.tries},
            {"committed_ms", exception.committed_ms},
            {"next_try_ms", exception.next_try_ms},
            {"bytes", exception.size_bytes}};
}

std::string_view name_of(replication::Difference::Kind kind) {
    switch (kind) {
        case replication::Difference::Kind::MissingAtDestination:
            return "missing";
        case replication::Difference::Kind::DifferentAtDestination:
            return "different";
        case replication::Difference::Kind::OnlyAtDestination:
            return "only-at-destination";
    }
    return "";
}

boost::json::value describe(const replication::Verification& outcome) {
    boost::json::array differences;
    for (const replication::Difference& difference : outcome.differences) {
        differences.push_back({{"key", difference.key},
                               {"version_id", difference.version_id},
                               {"kind", name_of(difference.kind)}});
    }
    return {{"identical", outcome.is_identical},
            {"as_of_ms", outcome.as_of_ms},
            {"compared", outcome.compared},
            {"by_set_digest", outcome.by_set_digest},
            {"digest", outcome.digest},
            {"only_at_destination", outcome.only_at_destination},
            {"difference_count", outcome.difference_count},
            {"differences", std::move(differences)}};
}

}  // namespace

Task<Answer> ReplicationRoutes::handle(Call call) {
    if (call.is("GET", 1) && call.path[0] == "status") {
        return status(std::move(call));
    }
    if (call.is("GET", 1) && call.path[0] == "failed") {
        return failed(std::move(call));
    }
    if (call.is("POST", 1) && call.path[0] == "retry") {
        return retry(std::move(call));
    }
    if (call.is("POST", 1) && call.path[0] == "verify") {
        return verify(std::move(call));
    }
    return unknown(std::move(call));
}

Task<Answer> ReplicationRoutes::unknown(Call call) {
    co_return no_such_route(call);
}

Task<Answer> ReplicationRoutes::status(Call call) {
    CO_TRY(const auto found, co_await replication_.status(std::string(call.query.get("bucket"))));
    boost::json::array list;
    for (const replication::RuleStatus& one : found) {
        list.push_back(describe(one));
    }
    co_return boost::json::value{{"rules", std::move(list)}};
}

Task<Answer> ReplicationRoutes::failed(Call call) {
    std::string bucket(call.query.get("bucket"));
    std::string rule(call.query.get("rule"));
    CO_TRY(const auto found, co_await replication_.exceptions(std::move(bucket), std::move(rule)));
    boost::json::array list;
    for (const replication::ReplicationException& one : found) {
        list.push_back(describe(one));
    }
    co_return boost::json::value{{"failed", std::move(list)}};
}

Task<Answer> ReplicationRoutes::retry(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"bucket", "rule", "key"}));
    CO_TRY(std::string bucket, text(call.body, "bucket"));
    CO_TRY(auto rule, optional_text(call.body, "rule"));
    CO_TRY(auto key, optional_text(call.body, "key"));
    CO_TRY(const std::uint64_t count,
           co_await replication_.retry(
               std::move(bucket), rule.value_or(std::string()), key.value_or(std::string())));
    co_return boost::json::value{{"retried", count}};
}

Task<Answer> ReplicationRoutes::verify(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"bucket", "rule", "wait_seconds"}));
    CO_TRY(std::string bucket, text(call.body, "bucket"));
    CO_TRY(auto rule, optional_text(call.body, "rule"));
    std::uint64_t seconds = kWaitSecondsDefault;
    if (call.body.as_object().contains("wait_seconds")) {
        CO_TRY(seconds, whole_number(call.body, "wait_seconds"));
    }
    if (seconds > kWaitSecondsMax) {
        co_return fail(ErrorCode::InvalidArgument, "wait_seconds is at most 3600");
    }
    CO_TRY(const auto outcome,
           co_await replication_.verify(
               std::move(bucket), rule.value_or(std::string()), std::chrono::seconds(seconds)));
    co_return describe(outcome);
}

}  // namespace antipode::admin

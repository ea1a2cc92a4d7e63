#include "admin/replication_routes.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "admin/json_fields.h"
#include "admin/rule_json.h"
#include "model/text_names.h"
#include "replication/statement.h"

namespace antipode::admin {

namespace {

constexpr std::uint64_t kWaitSecondsDefault = 60;
constexpr std::uint64_t kWaitSecondsMax = 3600;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

boost::json::value describe(const replication::RuleLimits& limits) {
    return {{"bytes_per_second", limits.bytes_per_second},
            {"priority", limits.priority},
            {"threshold_ms", limits.threshold_ms}};
}

boost::json::value describe(const replication::LinkStatus& link) {
    return {{"region", link.region},
            {"address", link.address},
            {"rules", link.rules},
            {"reachable", link.is_reachable},
            {"bytes_per_second", link.bytes_per_second},
            {"bytes_per_second_max", link.bytes_per_second_max}};
}

boost::json::value describe(const replication::RuleStatus& status) {
    boost::json::array prefixes;
    for (const std::string& prefix : status.rule.prefixes) {
        prefixes.emplace_back(prefix);
    }
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
            {"oldest_age_ms",
             status.oldest_pending_ms == 0
                 ? 0
                 : std::max<std::int64_t>(now_ms() - status.oldest_pending_ms, 0)},
            {"recovery_point_ms", status.recovery_point_ms},
            {"history_total", status.history_total},
            {"history_copied", status.history_copied},
            {"history_done", status.history_done},
            {"history_fraction", status.history_fraction()},
            {"exceptions", status.exceptions},
            {"operations_sent", status.operations_sent},
            {"bytes_sent", status.bytes_sent},
            {"wire_bytes_sent", status.wire_bytes_sent},
            {"lag_p50_ms", status.lag_p50_ms},
            {"lag_p99_ms", status.lag_p99_ms},
            {"lag_max_ms", status.lag_max_ms},
            {"operations_per_second", status.operations_per_second},
            {"bytes_per_second", status.bytes_per_second},
            {"eta_ms", status.eta_ms ? boost::json::value(*status.eta_ms) : nullptr},
            {"limits", describe(status.limits)}};
}

boost::json::value describe(const replication::ReplicationException& exception) {
    return {{"key", exception.key},
            {"version_id",
             exception.is_null ? std::string(kNullVersionId) : to_version_id(exception.order)},
            {"operation", exception.is_purge ? "purge" : "put"},
            {"history", exception.is_history},
            {"excluded", exception.is_excluded},
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
            {"differences", std::move(differences)},
            {"mended", outcome.mended},
            {"statement", outcome.statement},
            {"signature", outcome.signature},
            {"public_key", outcome.public_key}};
}

std::string_view name_of(replication::VersionState::Kind kind) {
    switch (kind) {
        case replication::VersionState::Kind::Done:
            return "done";
        case replication::VersionState::Kind::Pending:
            return "pending";
        case replication::VersionState::Kind::Failed:
            return "failed";
        case replication::VersionState::Kind::Never:
            return "never";
    }
    return "";
}

boost::json::value describe(const replication::Explanation& explanation) {
    boost::json::array rules;
    for (const replication::RuleExplanation& one : explanation.rules) {
        rules.push_back({{"rule", one.rule.id},
                         {"target_region", one.rule.target_region},
                         {"target_bucket", one.rule.target_bucket.str()},
                         {"matches", one.matches},
                         {"state", name_of(one.state.kind)},
                         {"reason", one.state.reason},
                         {"committed_ms", one.state.committed_ms},
                         {"tries", one.state.tries},
                         {"next_try_ms", one.state.next_try_ms}});
    }
    return {{"key", explanation.key},
            {"version_id", explanation.version_id},
            {"removed", explanation.is_removed},
            {"delete_marker", explanation.is_delete_marker},
            {"bytes", explanation.size_bytes},
            {"arrived_from", explanation.arrived_from},
            {"rules", std::move(rules)}};
}

boost::json::value describe(const replication::LossReport& report) {
    boost::json::array missing;
    for (const replication::MissingVersion& one : report.missing) {
        missing.push_back({{"key", one.key},
                           {"version_id", one.version_id},
                           {"operation", one.is_removal ? "purge" : "put"},
                           {"bytes", one.size_bytes},
                           {"committed_ms", one.committed_ms}});
    }
    return {
        {"bucket", report.bucket},
        {"source_region", report.source_region},
        {"source_bucket", report.source_bucket},
        {"rule", report.rule_id},
        {"heard", report.was_heard},
        {"heard_ms", report.heard_ms},
        {"silent_ms", report.was_heard ? std::max<std::int64_t>(now_ms() - report.heard_ms, 0) : 0},
        {"known_to_ms", report.known_to_ms},
        {"history_left", report.history_left},
        {"versions", report.versions},
        {"bytes", report.bytes},
        {"removals", report.removals},
        {"oldest_ms", report.oldest_ms},
        {"missing", std::move(missing)}};
}

boost::json::value describe(const replication::RulePlan& plan) {
    boost::json::array notes;
    bool is_possible = true;
    for (const replication::PlanNote& note : plan.notes) {
        is_possible = is_possible && !note.is_obstacle;
        notes.push_back({{"obstacle", note.is_obstacle}, {"code", note.code}, {"text", note.text}});
    }
    return {{"possible", is_possible},
            {"objects", plan.objects},
            {"versions", plan.versions},
            {"delete_markers", plan.markers},
            {"bytes", plan.bytes},
            {"largest_bytes", plan.largest_bytes},
            {"duration_ms", plan.duration_ms ? boost::json::value(*plan.duration_ms) : nullptr},
            {"notes", std::move(notes)}};
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
    if (call.is("GET", 1) && call.path[0] == "loss") {
        return loss(std::move(call));
    }
    if (call.is("POST", 1) && call.path[0] == "plan") {
        return plan(std::move(call));
    }
    if (call.is("POST", 1) && call.path[0] == "limit") {
        return limit(std::move(call));
    }
    if (call.is("POST", 1) && call.path[0] == "limit-link") {
        return limit_link(std::move(call));
    }
    if (call.is("GET", 1) && call.path[0] == "explain") {
        return explain(std::move(call));
    }
    if (call.is("GET", 1) && call.path[0] == "statement-key") {
        return statement_key(std::move(call));
    }
    if (call.is("POST", 1) && call.path[0] == "check-statement") {
        return check_statement(std::move(call));
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
    boost::json::array links;
    for (const replication::LinkStatus& one : replication_.links()) {
        links.push_back(describe(one));
    }
    co_return boost::json::value{{"rules", std::move(list)}, {"links", std::move(links)}};
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
    CO_TRY_VOID(only_fields(call.body, {"bucket", "rule", "wait_seconds", "repair"}));
    replication::VerifyRequest request;
    CO_TRY(request.bucket, text(call.body, "bucket"));
    CO_TRY(auto rule, optional_text(call.body, "rule"));
    request.rule_id = rule.value_or(std::string());
    std::uint64_t seconds = kWaitSecondsDefault;
    if (call.body.as_object().contains("wait_seconds")) {
        CO_TRY(seconds, whole_number(call.body, "wait_seconds"));
    }
    if (seconds > kWaitSecondsMax) {
        co_return fail(ErrorCode::InvalidArgument, "wait_seconds is at most 3600");
    }
    request.patience = std::chrono::seconds(seconds);
    CO_TRY(request.repair, flag(call.body, "repair"));
    CO_TRY(const auto outcome, co_await replication_.verify(std::move(request)));
    co_return describe(outcome);
}

Task<Answer> ReplicationRoutes::explain(Call call) {
    std::string bucket(call.query.get("bucket"));
    std::string key(call.query.get("key"));
    std::string version(call.query.get("version"));
    if (bucket.empty() || key.empty()) {
        co_return fail(ErrorCode::InvalidArgument, "explain takes a bucket and a key");
    }
    CO_TRY(const auto explanation,
           co_await replication_.explain(std::move(bucket), std::move(key), std::move(version)));
    co_return describe(explanation);
}

Task<Answer> ReplicationRoutes::loss(Call call) {
    CO_TRY(const auto found, co_await replication_.loss(std::string(call.query.get("bucket"))));
    boost::json::array list;
    for (const replication::LossReport& one : found) {
        list.push_back(describe(one));
    }
    co_return boost::json::value{{"rules", std::move(list)}};
}

Task<Answer> ReplicationRoutes::plan(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"bucket", "rule", "document", "bytes_per_second"}));
    replication::PlanRequest request;
    CO_TRY(request.bucket, text(call.body, "bucket"));
    CO_TRY(const auto document, optional_text(call.body, "document"));
    const boost::json::value* rule = call.body.as_object().if_contains("rule");
    if (document.has_value() == (rule != nullptr)) {
        co_return fail(ErrorCode::InvalidArgument, "a plan takes either a rule or a document");
    }
    if (document) {
        CO_TRY(request.rule, parse_rule_(*document));
    } else {
        CO_TRY(request.rule, rule_from_json(*rule));
    }
    CO_TRY(const auto bytes, optional_number(call.body, "bytes_per_second"));
    request.bytes_per_second = bytes.value_or(0);
    CO_TRY(const auto found, co_await replication_.plan(std::move(request)));
    co_return describe(found);
}

Task<Answer> ReplicationRoutes::limit(Call call) {
    CO_TRY_VOID(
        only_fields(call.body, {"bucket", "rule", "bytes_per_second", "priority", "threshold_ms"}));
    replication::LimitChange change;
    CO_TRY(change.bucket, text(call.body, "bucket"));
    CO_TRY(auto rule, optional_text(call.body, "rule"));
    change.rule_id = rule.value_or(std::string());
    CO_TRY(change.bytes_per_second, optional_number(call.body, "bytes_per_second"));
    CO_TRY(const auto priority, optional_number(call.body, "priority"));
    if (priority) {
        change.priority = static_cast<int>(std::min<std::uint64_t>(*priority, 1000));
    }
    CO_TRY(const auto threshold_ms, optional_number(call.body, "threshold_ms"));
    if (threshold_ms) {
        change.threshold_ms = static_cast<std::int64_t>(*threshold_ms);
    }
    CO_TRY(const auto limits, co_await replication_.set_limits(std::move(change)));
    co_return describe(limits);
}

Task<Answer> ReplicationRoutes::limit_link(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"region", "bytes_per_second"}));
    CO_TRY(std::string region, text(call.body, "region"));
    CO_TRY(const std::uint64_t bytes, whole_number(call.body, "bytes_per_second"));
    CO_TRY_VOID(co_await replication_.set_link_limit(region, bytes));
    co_return boost::json::value{{"region", region}, {"bytes_per_second_max", bytes}};
}

Task<Answer> ReplicationRoutes::statement_key(Call) {
    CO_TRY(std::string key, co_await replication_.statement_key());
    co_return boost::json::value{{"public_key", std::move(key)}};
}

Task<Answer> ReplicationRoutes::check_statement(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"statement", "signature", "public_key"}));
    CO_TRY(const std::string statement, text(call.body, "statement"));
    CO_TRY(const std::string signature, text(call.body, "signature"));
    CO_TRY(auto key, optional_text(call.body, "public_key"));
    if (!key) {
        CO_TRY(key, co_await replication_.statement_key());
    }
    co_return boost::json::value{{"valid", replication::is_signed_by(*key, statement, signature)},
                                 {"public_key", *key}};
}

}  // namespace antipode::admin

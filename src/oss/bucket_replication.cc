#include <algorithm>

#include "oss/handlers.h"
#include "oss/replication_xml.h"

namespace antipode::oss {

namespace {

std::unexpected<Error> refuse_rules(Exchange& x, Error error) {
    if (error.code == ErrorCode::NoSuchConfiguration) {
        x.detail.code = "NoSuchReplicationConfiguration";
        error.message = "The bucket doesn't have replication configuration";
    }
    if (error.code == ErrorCode::InvalidBucketStatus && !error.message.contains("tagging")) {
        x.detail.ec = "0031-00000053";
    }
    return fail(std::move(error));
}

/// Whether the link to the rule's region does not offer the rule's TransferType: that refusal has
/// an EC of its own.
Task<bool> is_wrong_transfer(Exchange& x, const ReplicationRule& rule) {
    const auto regions = co_await x.services.rules.target_regions(x.caller, x.bucket());
    co_return regions&& std::ranges::any_of(
        *regions, [&rule](const replication::TargetRegion& target) {
            return target.region == rule.target_region &&
                   target.needs_oss_acc != (rule.transfer == TransferType::OssAcc);
        });
}

Task<Result<http::Response>> add_replication(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    // The bucket and the right to change it come before the document (oss-facts 1.4).
    CO_TRY_VOID(co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    CO_TRY(const ReplicationRule rule, parse_add_replication(body, x.detail));
    replication::AddRuleRequest request{.bucket = x.bucket(), .rule = rule};
    Result<ReplicationRule> added =
        co_await x.services.rules.add_rule(x.caller, std::move(request));
    if (!added && added.error().code == ErrorCode::BadReplicationLocation) {
        CO_TRY(const auto regions, co_await x.services.rules.target_regions(x.caller, x.bucket()));
        if (regions.empty()) {
            x.detail.code = "NoReplicationLocation";
            co_return fail(ErrorCode::BadReplicationLocation,
                           "The bucket does not have corresponding replication location.");
        }
    }
    if (!added && added.error().code == ErrorCode::InvalidArgument &&
        co_await is_wrong_transfer(x, rule)) {
        x.detail.ec = "0031-00000107";
    }
    if (!added) {
        co_return refuse_rules(x, std::move(added).error());
    }
    http::Response response = empty_response();
    response.headers.add("x-oss-replication-rule-id", added->id);
    co_return response;
}

Task<Result<http::Response>> delete_replication(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY_VOID(co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    CO_TRY(std::string id, parse_delete_replication(body));
    using Removal = replication::RuleService::Removal;
    CO_TRY(const Removal removal,
           co_await x.services.rules.remove_rule(x.caller, x.bucket(), std::move(id)));
    co_return empty_response(removal == Removal::WasClosing ? 204 : 200);
}

}  // namespace

Task<Result<http::Response>> post_bucket_replication(Exchange& x) {
    const std::string comp(x.query().get("comp"));
    if (comp == "add") {
        co_return co_await add_replication(x);
    }
    if (comp == "delete") {
        co_return co_await delete_replication(x);
    }
    co_return refuse_argument(x, "comp", comp, "The comp must be add or delete.");
}

Task<Result<http::Response>> get_bucket_replication(Exchange& x) {
    auto rules = co_await x.services.rules.list_rules(x.caller, x.bucket());
    if (!rules) {
        co_return refuse_rules(x, std::move(rules).error());
    }
    for (const ReplicationRule& rule : *rules) {
        if (const std::string words = said_only_in_s3(rule, *rules); !words.empty()) {
            co_return fail(ErrorCode::OperationNotSupported,
                           "The rule '" + rule.id + "' was made with S3 and says " + words +
                               ", which OSS cannot express; read it with S3.");
        }
    }
    std::vector<replication::RuleProgress> progress;
    if (std::ranges::any_of(*rules, &ReplicationRule::rtc)) {
        CO_TRY(progress, co_await x.services.rules.progress(x.caller, x.bucket(), {}));
    }
    co_return xml_response(replication_document(*rules, progress));
}

Task<Result<http::Response>> get_replication_location(Exchange& x) {
    CO_TRY(const auto regions, co_await x.services.rules.target_regions(x.caller, x.bucket()));
    co_return xml_response(location_document(regions));
}

Task<Result<http::Response>> get_replication_progress(Exchange& x) {
    auto progress = co_await x.services.rules.progress(
        x.caller, x.bucket(), std::string(x.query().get("rule-id")));
    if (!progress) {
        co_return refuse_rules(x, std::move(progress).error());
    }
    co_return xml_response(progress_document(*progress));
}

Task<Result<http::Response>> put_bucket_rtc(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(RtcChange change, parse_put_rtc(body, x.detail));
    Result<void> done = co_await x.services.rules.set_rtc(
        x.caller, x.bucket(), std::move(change.rule_id), change.enabled);
    if (!done) {
        if (done.error().code == ErrorCode::NoSuchReplicationRule) {
            x.detail.ec = "0031-00000110";
        }
        co_return refuse_rules(x, std::move(done).error());
    }
    co_return empty_response();
}

}  // namespace antipode::oss

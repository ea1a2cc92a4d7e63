#pragma once

#include <string>
#include <utility>
#include <vector>

#include "replication/replication_admin.h"

/// For tests of this room only.
namespace antipode::admin {

/// Shows what the test has put there and remembers what it was asked for.
class FakeReplication final : public replication::ReplicationAdmin {
  public:
    Task<Result<std::vector<replication::RuleStatus>>> status(std::string) override {
        co_return rules;
    }

    Task<Result<std::vector<replication::RuleStatus>>> glance() override { co_return rules; }

    std::vector<replication::LinkStatus> links() override { return {}; }

    Task<Result<replication::RuleLimits>> set_limits(replication::LimitChange change) override {
        replication::RuleLimits limits;
        limits.bytes_per_second = change.bytes_per_second.value_or(0);
        limits.priority = change.priority.value_or(0);
        limits.threshold_ms = change.threshold_ms.value_or(replication::kThresholdDefaultMs);
        auto checked = replication::check(limits);
        if (!checked) {
            co_return fail(checked.error());
        }
        co_return limits;
    }

    Task<Result<void>> set_link_limit(std::string region, std::uint64_t) override {
        if (region != "cn-beijing") {
            co_return fail(ErrorCode::NotFound, "there is no link to '" + region + "'");
        }
        co_return Result<void>{};
    }

    Task<Result<std::vector<replication::ReplicationException>>> exceptions(std::string,
                                                                            std::string) override {
        co_return failed;
    }

    Task<Result<std::uint64_t>> retry(std::string, std::string, std::string) override {
        co_return failed.size();
    }

    Task<Result<replication::Explanation>> explain(std::string,
                                                   std::string key,
                                                   std::string) override {
        if (key != explanation.key) {
            co_return fail(ErrorCode::NoSuchKey, "no such key");
        }
        co_return explanation;
    }

    Task<Result<std::vector<replication::LossReport>>> loss(std::string) override {
        co_return lost;
    }

    Task<Result<replication::RulePlan>> plan(replication::PlanRequest request) override {
        planned.push_back(std::move(request));
        replication::RulePlan made;
        made.objects = 3;
        made.notes.push_back({.is_obstacle = true, .code = "X", .text = "in the way"});
        co_return made;
    }

    Task<Result<replication::Verification>> verify(replication::VerifyRequest request) override {
        verified.push_back(std::move(request));
        co_return verification;
    }

    Task<Result<std::string>> statement_key() override { co_return public_key; }

    std::vector<replication::RuleStatus> rules;
    std::vector<replication::ReplicationException> failed;
    replication::Explanation explanation;
    replication::Verification verification;
    std::vector<replication::VerifyRequest> verified;
    std::vector<replication::LossReport> lost;
    std::vector<replication::PlanRequest> planned;
    std::string public_key;
};

}  // namespace antipode::admin

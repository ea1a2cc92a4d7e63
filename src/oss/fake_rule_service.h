#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replication/rule_service.h"

/// For tests of this room only.
namespace antipode::oss {

/// Keeps rules as they come and answers with what the test has put there.
class FakeRuleService final : public replication::RuleService {
  public:
    Task<Result<ReplicationRule>> add_rule(const object::Caller&,
                                           replication::AddRuleRequest request) override {
        if (error) {
            co_return fail(*error);
        }
        if (request.rule.id.empty()) {
            request.rule.id = "11111111-2222-3333-4444-555555555555";
        }
        rules.push_back(request.rule);
        co_return request.rule;
    }

    Task<Result<std::vector<ReplicationRule>>> list_rules(const object::Caller&,
                                                          BucketName) override {
        if (rules.empty()) {
            co_return fail(ErrorCode::NoSuchConfiguration);
        }
        co_return rules;
    }

    Task<Result<Removal>> remove_rule(const object::Caller&,
                                      BucketName,
                                      std::string rule_id) override {
        removed = std::move(rule_id);
        if (error) {
            co_return fail(*error);
        }
        co_return removal;
    }

    Task<Result<std::vector<replication::RuleProgress>>> progress(const object::Caller&,
                                                                  BucketName,
                                                                  std::string) override {
        if (error) {
            co_return fail(*error);
        }
        co_return progress_shown;
    }

    Task<Result<void>> replace_rules(const object::Caller&,
                                     BucketName,
                                     std::vector<ReplicationRule> given) override {
        rules = std::move(given);
        co_return Result<void>{};
    }

    Task<Result<std::optional<replication::Delivery>>> delivery(BucketName,
                                                                ObjectVersion) override {
        co_return std::nullopt;
    }

    Task<Result<void>> set_rtc(const object::Caller&, BucketName, std::string, bool) override {
        if (error) {
            co_return fail(*error);
        }
        co_return Result<void>{};
    }

    Task<Result<std::vector<replication::TargetRegion>>> target_regions(const object::Caller&,
                                                                        BucketName) override {
        co_return regions;
    }

    std::vector<ReplicationRule> rules;
    std::vector<replication::RuleProgress> progress_shown;
    std::vector<replication::TargetRegion> regions;
    std::optional<Error> error;
    Removal removal = Removal::NowClosing;
    std::string removed;
};

}  // namespace antipode::oss

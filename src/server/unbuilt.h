#pragma once

#include "replication/rule_service.h"

/// Stand-ins for rooms that are not built yet: every call is NotImplemented.
namespace antipode::server {

class UnbuiltRules final : public replication::RuleService {
  public:
    Task<Result<ReplicationRule>> add_rule(const object::Caller&,
                                           replication::AddRuleRequest) override {
        co_return no();
    }

    Task<Result<std::vector<ReplicationRule>>> list_rules(const object::Caller&,
                                                          BucketName) override {
        co_return no();
    }

    Task<Result<Removal>> remove_rule(const object::Caller&, BucketName, std::string) override {
        co_return no();
    }

    Task<Result<std::vector<replication::RuleProgress>>> progress(const object::Caller&,
                                                                  BucketName,
                                                                  std::string) override {
        co_return no();
    }

    Task<Result<void>> set_rtc(const object::Caller&, BucketName, std::string, bool) override {
        co_return no();
    }

    Task<Result<std::vector<replication::TargetRegion>>> target_regions(const object::Caller&,
                                                                        BucketName) override {
        co_return no();
    }

  private:
    static std::unexpected<Error> no() {
        return fail(ErrorCode::NotImplemented, "replication is not built yet");
    }
};

}  // namespace antipode::server

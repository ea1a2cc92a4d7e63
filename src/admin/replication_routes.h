#pragma once

#include <functional>
#include <string>
#include <utility>

#include "admin/admin_api.h"
#include "replication/replication_admin.h"

namespace antipode::admin {

/// GET replication/status[?bucket=]; GET replication/failed?bucket=&rule=; POST replication/retry
/// {bucket, rule, key}; POST replication/verify {bucket, rule, wait_seconds, repair}; GET
/// replication/explain?bucket=&key=&version=; GET replication/statement-key; POST
/// replication/check-statement {statement, signature, public_key}; POST replication/limit {bucket,
/// rule, bytes_per_second, priority, threshold_ms}; POST replication/limit-link {region,
/// bytes_per_second}; GET replication/loss[?bucket=]; POST replication/plan {bucket, rule or
/// document, bytes_per_second}.
class ReplicationRoutes final : public Routes {
  public:
    /// Reads a rule from a dialect's document (the OSS form of PutBucketReplication).
    using ParseRule = std::function<Result<ReplicationRule>(const std::string& document)>;

    ReplicationRoutes(replication::ReplicationAdmin& replication, ParseRule parse_rule)
        : replication_(replication), parse_rule_(std::move(parse_rule)) {}

    Task<Answer> handle(Call call) override;

  private:
    Task<Answer> status(Call call);
    Task<Answer> failed(Call call);
    Task<Answer> retry(Call call);
    Task<Answer> verify(Call call);
    Task<Answer> explain(Call call);
    Task<Answer> plan(Call call);
    Task<Answer> loss(Call call);
    Task<Answer> limit(Call call);
    Task<Answer> limit_link(Call call);
    Task<Answer> statement_key(Call call);
    Task<Answer> check_statement(Call call);
    static Task<Answer> unknown(Call call);

    replication::ReplicationAdmin& replication_;
    ParseRule parse_rule_;
};

}  // namespace antipode::admin

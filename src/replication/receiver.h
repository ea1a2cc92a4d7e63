#pragma once

#include <string>

#include "catalog/catalog.h"
#include "http/message.h"
#include "object/replica_service.h"
#include "replication/link_auth.h"
#include "replication/peer_protocol.h"
#include "runtime/task.h"

namespace antipode::replication {

/// Answers what other regions ask below /-/peer/v1/. Every request must be signed with the link's
/// secret; every change must belong to a rule that is open here, at its epoch (promise 12), and
/// bytes are given only to regions that a rule of theirs or ours binds the bucket to.
/// Threads: any executor.
class Receiver final : public http::Handler {
  public:
    Receiver(catalog::Catalog& catalog, object::ReplicaService& replicas, const LinkSecret& secret)
        : catalog_(catalog), replicas_(replicas), secret_(secret) {}

    Task<http::Response> handle(http::Request& request) override;

  private:
    using BucketPtr = std::shared_ptr<catalog::OpenBucket>;

    Task<Result<std::string>> answer(http::Request& request);
    Task<Result<std::string>> apply(std::string region, std::string body);
    Task<Result<std::string>> notice(std::string region, std::string body);
    Task<Result<std::string>> put_chunk(http::Request& request,
                                        const std::string& region,
                                        RuleHeader rule,
                                        std::string transfer_id,
                                        object::Chunk chunk,
                                        std::string replica_kms_key);
    Task<Result<std::string>> take_chunk(const std::string& region, TakeRequest request);
    Task<Result<std::string>> give_body(std::string region, std::string body);
    Task<Result<std::string>> items(BucketPtr bucket,
                                    std::string after_key,
                                    std::string after_version,
                                    std::size_t limit);
    Task<Result<object::ReplicaOutcome>> belongs_here(BucketPtr bucket,
                                                      const ObjectVersion& version,
                                                      bool is_pair);
    Task<OperationReply> apply_one(BucketPtr bucket,
                                   std::string source_region,
                                   Operation operation,
                                   bool is_pair);

    /// NoSuchBucket, or Fenced when the rule is not open at this epoch. `region`: who asks;
    /// AccessDenied when the rule is of another region.
    Result<BucketPtr> bucket_for(const std::string& region, const RuleHeader& rule) const;

    catalog::Catalog& catalog_;
    object::ReplicaService& replicas_;
    const LinkSecret& secret_;
};

}  // namespace antipode::replication

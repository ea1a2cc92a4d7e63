#pragma once

#include <memory>
#include <string>

#include "access/keyring.h"
#include "object/bucket_service.h"
#include "object/object_service.h"
#include "protocol/router.h"
#include "replication/rule_service.h"

namespace antipode::s3 {

struct GatewayOptions {
    /// Region ids that a signature may be made for besides the server's own, "oss-<region>",
    /// "us-east-1", "auto" and "".
    std::vector<std::string> more_regions;
    /// Outlives the gateway; null = this region has no replication.
    replication::RuleService* rules = nullptr;
};

/// The S3 face. The services and the keyring outlive it. Threads: any executor.
class Gateway final : public protocol::Gateway {
  public:
    Gateway(GatewayOptions options,
            object::ObjectService& objects,
            object::BucketService& buckets,
            const access::Keyring& keyring);
    ~Gateway() override;

    Task<http::Response> handle(http::Request& request, protocol::ParsedRequest parsed) override;
    http::Response refuse(const http::Request& request,
                          const Error& error,
                          const std::string& request_id) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace antipode::s3

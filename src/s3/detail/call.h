#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/bucket.h"
#include "object/bucket_service.h"
#include "object/object_service.h"
#include "protocol/parsed_request.h"
#include "replication/rule_service.h"
#include "s3/detail/authentication.h"

namespace antipode::s3 {

/// One authenticated request on its way through a verb. Lives in the gateway's frame until the
/// answer has been made.
struct Call {
    http::Request& request;
    const protocol::ParsedRequest& parsed;
    const Authentication& authentication;
    const object::Caller& caller;
    object::ObjectService& objects;
    object::BucketService& buckets;
    replication::RuleService* rules;  ///< Null in a region without replication.

    [[nodiscard]] std::string_view header(std::string_view name) const {
        return request.headers.get(name);
    }

    [[nodiscard]] const codec::Query& query() const { return parsed.target.query; }

    [[nodiscard]] BucketName bucket() const { return BucketName(parsed.bucket); }

    [[nodiscard]] const std::string& key() const { return parsed.key; }

    [[nodiscard]] bool is_head() const { return request.method == "HEAD"; }
};

/// ?versionId=, or null. An empty one is InvalidArgument.
[[nodiscard]] S3Result<std::optional<std::string>> version_id_of(const Call& call);

/// A whole number from the query, or `fallback` when it is absent; InvalidArgument when it is none
/// or beyond `max`... with `caps` a larger number counts as `max`.
struct NumberRule {
    std::uint64_t fallback = 0;
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    bool caps = false;
};

[[nodiscard]] S3Result<std::uint64_t> query_number(const Call& call,
                                                   std::string_view name,
                                                   NumberRule rule);

}  // namespace antipode::s3

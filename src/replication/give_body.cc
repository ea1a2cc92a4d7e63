#include <algorithm>

#include <fmt/format.h>

#include "catalog/version_table.h"
#include "replication/receiver.h"
#include "runtime/read_text.h"

// A region that lost bytes of a version asks for them where the same version is.
namespace antipode::replication {

namespace {

/// Whether a rule binds the bucket to that one, in either direction. What a rule that is over
/// brought is not given any more.
bool is_bound(const Bucket& bucket, const std::string& region, const std::string& other) {
    return std::ranges::any_of(bucket.incoming,
                               [&](const IncomingRule& rule) {
                                   return !rule.is_closed && rule.source_region == region &&
                                          rule.source_bucket.str() == other;
                               }) ||
           std::ranges::any_of(bucket.rules, [&](const ReplicationRule& rule) {
               return rule.status != ReplicationStatus::Closing && rule.target_region == region &&
                      rule.target_bucket.str() == other;
           });
}

Result<void> check_same(const ObjectVersion& here, const BodyRequest& asked) {
    if (here.order != asked.order || here.is_null != asked.is_null || here.is_delete_marker) {
        return fail(ErrorCode::NotFound, "the version is not here");
    }
    if (here.size_bytes != asked.size_bytes || here.crc64 != asked.crc64 ||
        here.etag != asked.etag) {
        return fail(ErrorCode::Conflict, "the version has other bytes here");
    }
    if (asked.range.size > kChunkBytes || asked.range.offset > here.size_bytes ||
        asked.range.size > here.size_bytes - asked.range.offset) {
        return fail(ErrorCode::InvalidRange, "the range is not within the version");
    }
    return {};
}

}  // namespace

Task<Result<std::string>> Receiver::give_body(std::string region, std::string body) {
    CO_TRY(const BodyRequest asked, decode_body_request(body));
    const BucketPtr bucket = catalog_.find_bucket(BucketName(asked.bucket));
    if (!bucket || !is_bound(*bucket->config(), region, asked.own_bucket)) {
        co_return fail(ErrorCode::AccessDenied,
                       fmt::format("no rule binds the bucket '{}' here to '{}' of the region '{}'",
                                   asked.bucket,
                                   asked.own_bucket,
                                   region));
    }
    catalog::Partition& partition = bucket->partition();
    std::optional<catalog::StoredVersion> stored;
    if (asked.is_null) {
        CO_TRY(stored, co_await catalog::find_null_version(partition, asked.key));
    } else {
        CO_TRY(stored, co_await catalog::find_version(partition, asked.key, asked.order));
    }
    if (!stored) {
        co_return fail(ErrorCode::NotFound, "the version is not here");
    }
    CO_TRY_VOID(check_same(stored->version, asked));
    const auto bytes = replicas_.read(bucket, *stored, asked.range);
    co_return co_await runtime::read_text(bytes.get(), asked.range.size);
}

}  // namespace antipode::replication

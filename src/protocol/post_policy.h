#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/http_date.h"
#include "model/object_version.h"

namespace antipode::protocol {

/// The signed permission of a form upload: JSON with an expiration and conditions. S3 and OSS share
/// its shape.
struct PostPolicy {
    struct Condition {
        enum class Kind : std::uint8_t { Equals, StartsWith, In, NotIn };
        Kind kind = Kind::Equals;
        std::string field;  ///< Lower-case, without '$'.
        std::string value;
        std::vector<std::string> values;  ///< Of In and NotIn.
    };

    codec::UtcTime expiration;
    std::vector<Condition> conditions;
    std::uint64_t length_min = 0;
    std::uint64_t length_max = UINT64_MAX;
};

/// InvalidArgument when it is no policy, or has a condition that we do not know (never ignored: it
/// would permit more than was signed).
[[nodiscard]] Result<PostPolicy> parse_post_policy(std::string_view json);

/// Not expired, and every condition holds for `fields` (names lower-case; "bucket" and the final
/// "key" among them). AccessDenied with a sentence otherwise.
[[nodiscard]] Result<void> check_post_conditions(const PostPolicy& policy,
                                                 const NamedValues& fields,
                                                 codec::UtcTime now);

/// Every condition holds for `fields` (names lower-case; "bucket" and the final "key" among them)
/// and every field but those in `free` has a condition. AccessDenied with a sentence otherwise,
/// also after the expiration.
[[nodiscard]] Result<void> check_post_policy(const PostPolicy& policy,
                                             const NamedValues& fields,
                                             const std::vector<std::string_view>& free,
                                             codec::UtcTime now);

}  // namespace antipode::protocol

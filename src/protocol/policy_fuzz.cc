#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "protocol/post_policy.h"

/// Any bytes as the policy of a form: what permits something permits it within its limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto policy = protocol::parse_post_policy(text);
    if (!policy) {
        return 0;
    }
    const NamedValues fields{{"bucket", "b"}, {"key", "dir/k"}, {"x-oss-meta-a", "1"}};
    const codec::UtcTime before = policy->expiration - std::chrono::seconds(1);
    const codec::UtcTime after = policy->expiration + std::chrono::seconds(1);
    const auto all = protocol::check_post_policy(*policy, fields, {}, before);
    const auto conditions = protocol::check_post_conditions(*policy, fields, before);
    CHECK(!all || conditions);  // The stricter check never lets more through.
    CHECK(!protocol::check_post_conditions(*policy, fields, after));
    return 0;
}

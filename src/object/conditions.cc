#include <algorithm>
#include <cctype>

#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

bool same_etag(const std::string& a, const std::string& b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool any_matches(const std::vector<std::string>& wanted, const ObjectVersion* there) {
    return there != nullptr && std::ranges::any_of(wanted, [there](const std::string& etag) {
               return etag == "*" || same_etag(etag, there->etag);
           });
}

/// HTTP dates have whole seconds.
std::int64_t seconds(std::int64_t ms) {
    return ms / 1000;
}

}  // namespace

// RFC 9110 section 13.2.2 gives the order.
Result<void> check_conditions(const Conditions& conditions, const ObjectVersion* there) {
    const auto failed = [] {
        return fail(ErrorCode::PreconditionFailed,
                    "At least one of the pre-conditions you specified did not hold.");
    };
    if (!conditions.if_match.empty()) {
        if (!any_matches(conditions.if_match, there)) {
            return failed();
        }
    } else if (conditions.if_unmodified_since_ms && there != nullptr &&
               seconds(there->last_modified_ms) > seconds(*conditions.if_unmodified_since_ms)) {
        return failed();
    }
    if (!conditions.if_none_match.empty()) {
        if (any_matches(conditions.if_none_match, there)) {
            return fail(ErrorCode::NotModified, "Not Modified");
        }
    } else if (conditions.if_modified_since_ms && there != nullptr &&
               seconds(there->last_modified_ms) <= seconds(*conditions.if_modified_since_ms)) {
        return fail(ErrorCode::NotModified, "Not Modified");
    }
    return {};
}

}  // namespace antipode::object

#include "access/authorize.h"

namespace antipode::access {

namespace {

std::unexpected<Error> denied(const Principal& principal) {
    return fail(ErrorCode::AccessDenied,
                principal.is_anonymous()
                    ? "You have no right to access this object because of bucket acl."
                    : "You do not have the permission to access this resource.");
}

}  // namespace

Result<void> may_use_bucket(const Principal& principal, const Bucket& bucket, Need need) {
    if (principal.is_root || (!principal.is_anonymous() && principal.account == bucket.owner)) {
        return {};
    }
    const bool public_read = bucket.acl == Acl::PublicRead || bucket.acl == Acl::PublicReadWrite;
    if (need == Need::Read && public_read) {
        return {};
    }
    if (need == Need::Write && bucket.acl == Acl::PublicReadWrite) {
        return {};
    }
    return denied(principal);
}

Result<void> may_read_object(const Principal& principal,
                             const Bucket& bucket,
                             const ObjectVersion& object) {
    if (principal.is_root || (!principal.is_anonymous() && (principal.account == bucket.owner ||
                                                            principal.account == object.owner))) {
        return {};
    }
    const Acl acl = object.attributes.acl == Acl::Default ? bucket.acl : object.attributes.acl;
    if (acl == Acl::PublicRead || acl == Acl::PublicReadWrite) {
        return {};
    }
    return denied(principal);
}

}  // namespace antipode::access

#include "codec/hex.h"
#include "crypto/digest.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

Task<Result<Written>> ObjectServiceImpl::put_symlink(const Caller& caller, SymlinkRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Write));
    CO_TRY_VOID(check_object_key(request.key, false));
    if (auto checked = check_object_key(request.target, false); !checked) {
        co_return fail(ErrorCode::InvalidArgument,
                       "The symlink target is not a valid object name.");
    }
    NewVersion put{.bucket = bucket,
                   .stored = {},
                   .companions = {},
                   .forbid_overwrite = request.forbid_overwrite,
                   .conditions = {}};
    ObjectVersion& version = put.stored.version;
    version = new_version(caller,
                          *bucket->config(),
                          std::move(request.key),
                          std::move(request.attributes),
                          request.storage_class_given);
    version.type = ObjectType::Symlink;
    version.etag = codec::hex_upper(crypto::md5(as_bytes(request.target)).bytes());
    version.symlink_target = std::move(request.target);
    co_return co_await commit_new(std::move(put));
}

}  // namespace antipode::object

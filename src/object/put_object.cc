#include "codec/hex.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

Task<Result<Written>> ObjectServiceImpl::put_object(const Caller& caller,
                                                    PutObjectRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Write));
    CO_TRY_VOID(check_object_key(request.key, false));
    CO_TRY(const BodySeal seal, seal_for(*bucket->config(), request.encryption));
    CO_TRY(StoredBody body, co_await store_body(blobs_, request.body.get(), request.check, seal));

    NewVersion put{.bucket = bucket,
                   .stored = {},
                   .companions = {},
                   .forbid_overwrite = request.forbid_overwrite,
                   .conditions = std::move(request.conditions)};
    ObjectVersion& version = put.stored.version;
    version = new_version(caller,
                          *bucket->config(),
                          std::move(request.key),
                          std::move(request.attributes),
                          request.storage_class_given);
    version.encryption = seal.encryption;
    version.size_bytes = body.digests.size_bytes;
    version.etag = codec::hex_upper(as_bytes(body.digests.md5));
    version.crc64 = body.digests.crc64;
    version.checksum = checksum_of(body.digests, request.check.checksum_algorithm);
    put.stored.body.pieces = std::move(body.pieces);
    put.companions.writes = std::move(body.data_rows);
    co_return co_await commit_new(std::move(put));
}

}  // namespace antipode::object

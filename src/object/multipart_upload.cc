#include "catalog/garbage.h"
#include "catalog/upload_table.h"
#include "codec/hex.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

constexpr std::uint32_t kPartNumberMax = 10000;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

}  // namespace

Task<Result<MultipartUpload>> ObjectServiceImpl::create_upload(const Caller& caller,
                                                               CreateUploadRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Write));
    CO_TRY_VOID(check_object_key(request.key, false));
    CO_TRY(const BodySeal seal, seal_for(*bucket->config(), request.encryption));
    MultipartUpload upload{.key = request.key,
                           .upload_id = catalog::random_hex(16),
                           .owner = {},
                           .initiated_ms = now_ms(),
                           .attributes = std::move(request.attributes),
                           .checksum_algorithm = request.checksum_algorithm,
                           .checksum_type = request.checksum_type,
                           .encryption = seal.encryption};
    const ObjectVersion like = new_version(
        caller, *bucket->config(), request.key, upload.attributes, request.storage_class_given);
    upload.owner = like.owner;
    upload.attributes.storage_class = like.attributes.storage_class;
    CO_TRY_VOID(co_await catalog::create_upload(bucket->partition(), upload));
    co_return upload;
}

Task<Result<UploadPart>> ObjectServiceImpl::upload_part(const Caller& caller,
                                                        UploadPartRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.upload.bucket, access::Need::Write));
    if (request.number < 1 || request.number > kPartNumberMax) {
        co_return fail(ErrorCode::InvalidArgument,
                       "Part number must be an integer between 1 and 10000, inclusive");
    }
    CO_TRY(catalog::FoundUpload upload,
           co_await catalog::find_upload(
               bucket->partition(), request.upload.key, request.upload.upload_id));
    if (request.check.checksum_algorithm == ChecksumAlgorithm::None) {
        request.check.checksum_algorithm = upload.stored.upload.checksum_algorithm;
    }
    CO_TRY(const BodySeal seal, seal_for(*bucket->config(), upload.stored.upload.encryption));
    CO_TRY(StoredBody body, co_await store_body(blobs_, request.body.get(), request.check, seal));
    UploadPart part{.number = request.number,
                    .size_bytes = body.digests.size_bytes,
                    .etag = codec::hex_upper(as_bytes(body.digests.md5)),
                    .crc64 = body.digests.crc64,
                    .checksum = checksum_of(body.digests, request.check.checksum_algorithm),
                    .last_modified_ms = now_ms()};
    catalog::PutPart put{.upload = std::move(upload),
                         .part = {.part = part, .pieces = body.pieces},
                         .data_rows = std::move(body.data_rows),
                         .run_id = catalog_.run_id()};
    auto freed = co_await catalog::put_part(bucket->partition(), std::move(put));
    if (!freed) {
        discard(blobs_, body.pieces);
        co_return fail(std::move(freed).error());
    }
    CO_TRY_VOID(co_await catalog::reap_bodies(bucket->partition(), blobs_, std::move(*freed)));
    co_return part;
}

Task<Result<void>> ObjectServiceImpl::abort_upload(const Caller& caller, UploadName name) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, name.bucket, access::Need::Write));
    CO_TRY(catalog::FoundUpload upload,
           co_await catalog::find_upload(bucket->partition(), name.key, name.upload_id));
    CO_TRY(auto freed, co_await catalog::abort_upload(bucket->partition(), std::move(upload)));
    co_return co_await catalog::reap_bodies(bucket->partition(), blobs_, std::move(freed));
}

Task<Result<PartList>> ObjectServiceImpl::list_parts(const Caller& caller,
                                                     ListPartsRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.upload.bucket, access::Need::Read));
    CO_TRY(catalog::FoundUpload upload,
           co_await catalog::find_upload(
               bucket->partition(), request.upload.key, request.upload.upload_id));
    PartList list{.upload = std::move(upload.stored.upload),
                  .parts = {},
                  .is_truncated = false,
                  .next_after = request.after};
    if (request.max_parts == 0) {
        co_return list;
    }
    CO_TRY(auto page,
           co_await catalog::scan_parts(
               bucket->partition(), request.upload.upload_id, request.after, request.max_parts));
    list.is_truncated = page.is_truncated;
    for (catalog::StoredPart& part : page.parts) {
        list.next_after = part.part.number;
        list.parts.push_back(std::move(part.part));
    }
    co_return list;
}

Task<Result<UploadList>> ObjectServiceImpl::list_uploads(const Caller& caller,
                                                         ListUploadsRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Read));
    UploadList list;
    std::string after_key = request.key_marker;
    std::string after_id = request.upload_id_marker;
    std::size_t count = 0;
    while (request.max_uploads > 0) {
        const std::size_t limit = request.max_uploads - count + 1;
        CO_TRY(auto page,
               co_await catalog::scan_uploads(
                   bucket->partition(), request.prefix, after_key, after_id, limit));
        bool jumped = false;
        for (MultipartUpload& upload : page.uploads) {
            if (count == request.max_uploads) {
                list.is_truncated = true;
                co_return list;
            }
            ++count;
            const std::string common =
                common_prefix_of(upload.key, request.prefix, request.delimiter);
            if (!common.empty()) {
                list.common_prefixes.push_back(common);
                list.next_key_marker = common;
                list.next_upload_id_marker.clear();
                after_key = behind_prefix(common);
                after_id.clear();
                jumped = true;
                break;
            }
            after_key = list.next_key_marker = upload.key;
            after_id = list.next_upload_id_marker = upload.upload_id;
            list.uploads.push_back(std::move(upload));
        }
        if (!jumped && !page.is_truncated) {
            break;
        }
    }
    list.next_key_marker.clear();
    list.next_upload_id_marker.clear();
    co_return list;
}

}  // namespace antipode::object

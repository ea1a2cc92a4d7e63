#include "codec/hex.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

struct OpenedSource {
    std::unique_ptr<ReadableObject> readable;
    std::optional<std::string> version_id;
};

Task<Result<OpenedSource>> open_source(ObjectService& service,
                                       const Caller& caller,
                                       CopySource source) {
    GetObjectRequest get{.bucket = std::move(source.bucket),
                         .key = std::move(source.key),
                         .version_id = std::move(source.version_id),
                         .conditions = std::move(source.conditions),
                         .follow_symlink = false};
    auto opened = co_await service.open_object(caller, std::move(get));
    if (!opened && opened.error().code == ErrorCode::NotModified) {
        co_return fail(ErrorCode::PreconditionFailed,
                       "At least one of the pre-conditions you specified did not hold.");
    }
    if (!opened) {
        co_return fail(std::move(opened).error());
    }
    OpenedSource result{.readable = std::move(*opened), .version_id = {}};
    if (result.readable->show_version_id()) {
        result.version_id = result.readable->version().version_id();
    }
    co_return result;
}

/// What the copy is described by: the source's words unless the request replaces them.
ObjectAttributes merged(const CopyObjectRequest& request, const ObjectAttributes& source) {
    ObjectAttributes attributes = request.attributes;
    if (!request.replace_metadata) {
        attributes.system_headers = source.system_headers;
        attributes.user_metadata = source.user_metadata;
    }
    if (!request.replace_tags) {
        attributes.tags = source.tags;
    }
    return attributes;
}

}  // namespace

Task<Result<Copied>> ObjectServiceImpl::copy_object(const Caller& caller,
                                                    CopyObjectRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Write));
    CO_TRY_VOID(check_object_key(request.key, false));
    const auto config = bucket->config();
    const bool is_self = request.source.bucket == request.bucket &&
                         request.source.key == request.key && !request.source.version_id;
    CO_TRY(OpenedSource source, co_await open_source(*this, caller, request.source));
    const ObjectVersion& original = source.readable->version();
    const bool changes_something = request.replace_metadata || request.replace_tags ||
                                   request.storage_class_given || request.encryption;
    if (is_self && request.refuse_pointless_self_copy && !changes_something) {
        co_return fail(ErrorCode::InvalidRequest,
                       "This copy request is illegal because it is trying to copy an object to "
                       "itself without changing "
                       "the object's metadata, storage class, website redirect location or "
                       "encryption attributes.");
    }
    if (original.type == ObjectType::Appendable && is_versioned(*config)) {
        co_return fail(ErrorCode::OperationNotSupported,
                       "An appendable object can not be copied in a versioned bucket.");
    }

    NewVersion put{.bucket = bucket,
                   .stored = {},
                   .companions = {},
                   .forbid_overwrite = request.forbid_overwrite,
                   .conditions = std::move(request.conditions)};
    ObjectVersion& version = put.stored.version;
    version = new_version(caller,
                          *config,
                          request.key,
                          merged(request, original.attributes),
                          request.storage_class_given);
    version.symlink_target = original.symlink_target;
    version.type = original.type == ObjectType::Symlink ? ObjectType::Symlink : ObjectType::Normal;

    BodyCheck check{.size_bytes = original.size_bytes};
    check.crc64 = original.crc64;
    check.checksum_algorithm = request.checksum_algorithm == ChecksumAlgorithm::None
                                   ? original.checksum.algorithm
                                   : request.checksum_algorithm;
    const ByteRange all{.offset = 0, .size = original.size_bytes};
    CO_TRY(const auto bytes, co_await source.readable->read(all));
    CO_TRY(const BodySeal seal, seal_for(*config, request.encryption));
    CO_TRY(StoredBody body, co_await store_body(blobs_, bytes.get(), check, seal));
    version.encryption = seal.encryption;
    version.size_bytes = body.digests.size_bytes;
    version.crc64 = body.digests.crc64;
    version.etag = original.type == ObjectType::Symlink
                       ? original.etag
                       : codec::hex_upper(as_bytes(body.digests.md5));
    version.checksum = checksum_of(body.digests, check.checksum_algorithm);
    put.stored.body.pieces = std::move(body.pieces);
    put.companions.writes = std::move(body.data_rows);
    CO_TRY(Written written, co_await commit_new(std::move(put)));
    co_return Copied{.version = std::move(written.version),
                     .show_version_id = written.show_version_id,
                     .source_version_id = std::move(source.version_id)};
}

Task<Result<CopiedPart>> ObjectServiceImpl::copy_part(const Caller& caller,
                                                      CopyPartRequest request) {
    CO_TRY(OpenedSource source, co_await open_source(*this, caller, std::move(request.source)));
    const ObjectVersion& original = source.readable->version();
    const ByteRange range =
        request.range.value_or(ByteRange{.offset = 0, .size = original.size_bytes});
    if (range.offset >= original.size_bytes || range.end() > original.size_bytes) {
        if (request.range || original.size_bytes > 0) {
            co_return fail(ErrorCode::InvalidRange,
                           "The specified copy range is invalid for the source object size.");
        }
    }
    UploadPartRequest part{.upload = std::move(request.upload),
                           .number = request.number,
                           .body = nullptr,
                           .check = {}};
    CO_TRY(part.body, co_await source.readable->read(range));
    part.check.size_bytes = range.size;
    CO_TRY(UploadPart stored, co_await upload_part(caller, std::move(part)));
    co_return CopiedPart{.part = std::move(stored),
                         .source_version_id = std::move(source.version_id)};
}

}  // namespace antipode::object

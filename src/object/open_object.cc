#include "object/detail/body_reader.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

class Readable final : public ReadableObject {
  public:
    Readable(BucketPtr bucket,
             blob::BlobStore& blobs,
             sealing::KeySource* keys,
             catalog::StoredVersion stored,
             std::optional<ObjectVersion> link)
        : bucket_(std::move(bucket)),
          blobs_(blobs),
          keys_(keys),
          stored_(std::move(stored)),
          link_(std::move(link)),
          show_version_id_(is_versioned(*bucket_->config())) {}

    [[nodiscard]] const ObjectVersion& version() const override { return stored_.version; }

    [[nodiscard]] bool show_version_id() const override { return show_version_id_; }

    [[nodiscard]] const ObjectVersion* link() const override { return link_ ? &*link_ : nullptr; }

    Task<Result<std::unique_ptr<ByteSource>>> read(ByteRange range) override {
        if (range.end() > stored_.version.size_bytes) {
            co_return fail(ErrorCode::InvalidRange, "The requested range is not satisfiable");
        }
        // Told here, while the answer can still be an error.
        CO_TRY_VOID(check_encryption(keys_, stored_.version.encryption));
        co_return read_body(bucket_, blobs_, keys_, stored_.body, range);
    }

    [[nodiscard]] Result<ByteRange> part(std::uint32_t number) const override {
        if (stored_.version.parts.empty() && number == 1) {
            return ByteRange{.offset = 0, .size = stored_.version.size_bytes};
        }
        std::uint64_t offset = 0;
        std::uint32_t left = number;
        for (const PartRun& run : stored_.version.parts) {
            if (left >= 1 && left <= run.count) {
                return ByteRange{.offset = offset + (left - 1) * run.size_bytes,
                                 .size = run.size_bytes};
            }
            left -= run.count;
            offset += run.count * run.size_bytes;
        }
        return fail(ErrorCode::InvalidPart, "The requested partnumber is not satisfiable");
    }

  private:
    BucketPtr bucket_;
    blob::BlobStore& blobs_;
    sealing::KeySource* keys_;
    catalog::StoredVersion stored_;
    std::optional<ObjectVersion> link_;
    bool show_version_id_;
};

}  // namespace

Task<Result<std::unique_ptr<ReadableObject>>> ObjectServiceImpl::open_object(
    const Caller& caller, GetObjectRequest request) {
    const BucketPtr bucket = catalog_.find_bucket(request.bucket);
    if (!bucket) {
        co_return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    const auto config = bucket->config();
    auto found = co_await find_named(bucket, request.key, request.version_id);
    if (!found) {
        const ErrorCode code = found.error().code;
        // Whether a key exists is told only to those who may list (oss-facts 7.3).
        if (code == ErrorCode::NoSuchKey || code == ErrorCode::NoSuchVersion ||
            code == ErrorCode::IsDeleteMarker) {
            CO_TRY_VOID(access::may_use_bucket(caller.principal, *config, access::Need::Read));
        }
        co_return fail(std::move(found).error());
    }
    CO_TRY_VOID(access::may_read_object(caller.principal, *config, found->version));
    std::optional<ObjectVersion> link;
    if (found->version.type == ObjectType::Symlink && request.follow_symlink) {
        link = found->version;
        auto target = co_await find_named(bucket, link->symlink_target, std::nullopt);
        if (!target) {
            co_return fail(ErrorCode::SymlinkTargetNotExist,
                           "The symlink target object does not exist.");
        }
        if (target->version.type == ObjectType::Symlink) {
            co_return fail(ErrorCode::InvalidTargetType,
                           "The symbolic's target file type is invalid.");
        }
        CO_TRY_VOID(access::may_read_object(caller.principal, *config, target->version));
        found = std::move(target);
    }
    CO_TRY_VOID(check_conditions(request.conditions, &found->version));
    std::unique_ptr<ReadableObject> readable =
        std::make_unique<Readable>(bucket, blobs_, keys_, std::move(*found), std::move(link));
    co_return readable;
}

}  // namespace antipode::object

#include "catalog/garbage.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "codec/hex.h"
#include "crypto/crc.h"
#include "crypto/digest.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

/// Pieces kept in the version's own row; more of them move to a part row.
constexpr std::size_t kPiecesInRow = 32;

std::unexpected<Error> wrong_position() {
    return fail(ErrorCode::PositionNotEqualToLength, "Position is not equal to file length.");
}

/// The object as it is before this append, or nothing when the append creates it.
Result<std::optional<catalog::StoredVersion>> check_append(
    std::optional<catalog::StoredVersion> latest, std::uint64_t position) {
    if (!latest || latest->version.is_delete_marker) {
        if (position != 0) {
            return wrong_position();
        }
        return std::nullopt;
    }
    if (latest->version.type != ObjectType::Appendable) {
        return fail(ErrorCode::ObjectNotAppendable, "The object is not appendable.");
    }
    if (latest->version.size_bytes != position) {
        return wrong_position();
    }
    return latest;
}

/// ETag of an appended object: opaque to clients (oss-facts 7.1), changes with every append.
std::string append_etag(const std::string& before, const std::string& md5) {
    return codec::hex_upper(crypto::md5(as_bytes(before + md5)).bytes());
}

/// Moves the pieces of the row into the next part row of the manifest.
void spill(catalog::StoredVersion& stored, std::vector<index::Write>& writes) {
    catalog::Body& body = stored.body;
    if (body.manifest_id.empty()) {
        body.manifest_id = catalog::random_hex(16);
    }
    catalog::StoredPart part{.part = {}, .pieces = std::move(body.pieces)};
    // Part rows are read in the order of their numbers; the end offset grows and fits: an
    // appendable object has at most 5 GB and a spill moves more than one byte.
    part.part.number = static_cast<std::uint32_t>(stored.version.size_bytes);
    for (const catalog::Piece& piece : part.pieces) {
        part.part.size_bytes += piece.size_bytes;
    }
    writes.push_back({.key = catalog::rows::part(body.manifest_id, part.part.number),
                      .value = catalog::encode(part)});
    body.pieces.clear();
}

}  // namespace

Task<Result<Written>> ObjectServiceImpl::append_object(const Caller& caller,
                                                       AppendRequest request) {
    constexpr std::uint64_t kAppendableBytesMax = 0xFFFF'FFFFULL;
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Write));
    CO_TRY_VOID(check_object_key(request.key, true));
    const auto config = bucket->config();
    catalog::Partition& partition = bucket->partition();
    // Appends of one object wait for each other: the next position is only known when the last one
    // is done.
    const auto held = co_await partition.key_locks().lock("append:" + request.key);
    CO_TRY(auto latest, co_await catalog::find_latest(partition, request.key));
    CO_TRY(auto before, check_append(std::move(latest), request.position));
    CO_TRY_VOID(check_retention(*config, before ? &before->version : nullptr));
    const auto as_before = before ? std::optional(before->version.encryption) : request.encryption;
    CO_TRY(const BodySeal seal, seal_for(*config, as_before));
    CO_TRY(StoredBody body, co_await store_body(blobs_, request.body.get(), request.check, seal));
    if (request.position + body.digests.size_bytes > kAppendableBytesMax) {
        discard(blobs_, body.pieces);
        co_return fail(ErrorCode::EntityTooLarge,
                       "Your proposed append exceeds the maximum allowed size.");
    }

    catalog::StoredVersion stored;
    std::vector<index::Write> writes = std::move(body.data_rows);
    if (before) {
        stored = *before;
    } else {
        stored.version = new_version(caller,
                                     *config,
                                     request.key,
                                     std::move(request.attributes),
                                     request.storage_class_given);
        stored.version.type = ObjectType::Appendable;
        stored.version.encryption = seal.encryption;
    }
    ObjectVersion& version = stored.version;
    if (stored.body.pieces.size() >= kPiecesInRow) {
        spill(stored, writes);
    }
    version.crc64 =
        crypto::crc64_combine(version.crc64, body.digests.crc64, body.digests.size_bytes);
    version.size_bytes += body.digests.size_bytes;
    version.etag = append_etag(version.etag, body.digests.md5);
    stored.body.pieces.insert(stored.body.pieces.end(), body.pieces.begin(), body.pieces.end());

    catalog::AppendVersion append{
        .stored = std::move(stored), .before = std::move(before), .writes = std::move(writes)};
    auto done = co_await catalog::append_version(partition, std::move(append));
    if (!done) {
        discard(blobs_, body.pieces);
        if (done.error().code == ErrorCode::Conflict) {
            co_return wrong_position();
        }
        co_return fail(std::move(done).error());
    }
    Written written{.version = std::move(done->version),
                    .show_version_id = is_versioned(*config),
                    .next_position = 0};
    written.next_position = written.version.size_bytes;
    co_return written;
}

}  // namespace antipode::object

#include "object/replica_service.h"

#include "base/mutant.h"
#include "base/record.h"
#include "catalog/garbage.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/upload_table.h"
#include "crypto/crc.h"
#include "object/detail/body_reader.h"
#include "object/detail/body_writer.h"
#include "object/detail/object_service_impl.h"
#include "object/detail/transfer_row.h"

namespace antipode::object {

namespace {

constexpr std::size_t kChunksPerPage = 1000;

ReplicaOutcome as_replica(Outcome outcome) {
    switch (outcome) {
        case Outcome::Applied:
            return ReplicaOutcome::Applied;
        case Outcome::AlreadyThere:
            return ReplicaOutcome::AlreadyThere;
        case Outcome::Superseded:
            return ReplicaOutcome::Superseded;
    }
    return ReplicaOutcome::Superseded;
}

/// The version that `version` would be an update in place of, if it is here.
Task<Result<std::optional<catalog::StoredVersion>>> find_same(catalog::Partition& partition,
                                                              const ObjectVersion& version) {
    auto found = version.is_null
                     ? co_await catalog::find_null_version(partition, version.key)
                     : co_await catalog::find_version(partition, version.key, version.order);
    if (found && *found && (*found)->version.is_null != version.is_null) {
        co_return std::nullopt;
    }
    co_return found;
}

/// The same version, but not as an exact replica would be.
bool differs(const catalog::StoredVersion& here, const ObjectVersion& version) {
    return here.version.order == version.order &&
           !(catalog::item_digest(here.version) == catalog::item_digest(version));
}

std::unexpected<Error> being_removed() {
    return fail(ErrorCode::Unavailable,
                "what came of this transfer before is being removed; it begins anew in a moment");
}

bool has_same_bytes(const catalog::StoredVersion& here, const ObjectVersion& version) {
    return here.version.order == version.order && here.version.size_bytes == version.size_bytes &&
           here.version.crc64 == version.crc64;
}

/// What is under retention here stays as it is, whatever the source did (but a change of its own
/// ACL or tags, which leaves its bytes).
Result<void> check_replica(const Bucket& bucket,
                           const ObjectVersion* here,
                           const VersionOrder& incoming) {
    const bool is_about_it = here != nullptr && here->order < incoming;
    return check_retention(bucket, is_about_it ? here : nullptr);
}

}  // namespace

Task<Result<ReplicaOutcome>> ReplicaService::put(BucketPtr bucket, ReplicaPut request) {
    catalog::Partition& partition = bucket->partition();
    bucket->partition().clock().observe(request.version.order.hlc);
    CO_TRY(const auto here, co_await find_same(partition, request.version));
    if (is_planted(Mutant::MarkerAgainPurges) && here && here->version.is_delete_marker &&
        here->version.order == request.version.order) {
        ReplicaPurge purge{.key = request.version.key,
                           .order = request.version.order,
                           .is_null = request.version.is_null,
                           .arrived_from = request.arrived_from};
        co_return co_await this->purge(bucket, std::move(purge));
    }
    if (here && here->version.order > request.version.order) {
        co_return ReplicaOutcome::Superseded;
    }
    const VersionOrder incoming = request.version.order;
    CO_TRY_VOID(check_replica(*bucket->config(), here ? &here->version : nullptr, incoming));
    const bool must_replace = request.is_repair && here && differs(*here, request.version);
    if (must_replace) {
        CO_TRY_VOID(check_retention(*bucket->config(), &here->version));
    }
    if (must_replace && !here->body.manifest_id.empty()) {
        co_return fail(ErrorCode::Conflict,
                       "the version is here with other metadata; as it is large it is not replaced "
                       "before its bytes are here anew: remove it here, then repair again");
    }
    const bool same_bytes = here && !must_replace && has_same_bytes(*here, request.version);
    const bool has_bytes = request.version.size_bytes > 0 && !same_bytes;
    if (has_bytes && !request.body && request.transfer_id.empty()) {
        co_return ReplicaOutcome::NeedsBody;
    }
    catalog::PutVersion put{.stored = {},
                            .is_local = false,
                            .companions = {},
                            .precondition = {},
                            .use_tombstones = true};
    put.precondition = [&bucket, &incoming](const catalog::StoredVersion* latest) {
        return check_replica(
            *bucket->config(), latest == nullptr ? nullptr : &latest->version, incoming);
    };
    put.stored.arrived_from = request.arrived_from;
    if (has_bytes && !request.transfer_id.empty()) {
        // Chunks are given back when nobody goes on with a transfer: not between this look and the
        // commit that names them.
        std::string row_key = transfer_row(request.transfer_id);
        CO_TRY(auto row, co_await partition.get(row_key));
        if (!row) {
            co_return fail(ErrorCode::IncompleteBody, "the chunks of the transfer are gone");
        }
        put.companions.guards.push_back({.key = row_key, .expected = std::move(row)});
        put.companions.writes.push_back({.key = std::move(row_key), .value = std::nullopt});
        CO_TRY(put.stored.body,
               co_await body_of_transfer(bucket, request.transfer_id, request.version));
    } else if (has_bytes) {
        BodyCheck check{.size_bytes = request.version.size_bytes};
        check.crc64 = request.version.crc64;
        const BodySeal seal{.keys = keys_,
                            .encryption = request.version.encryption,
                            .context = bucket->config()->id};
        CO_TRY(StoredBody body, co_await store_body(blobs_, request.body.get(), check, seal));
        put.stored.body.pieces = std::move(body.pieces);
        put.companions.writes = std::move(body.data_rows);
    }
    if (request.is_repair) {
        CO_TRY_VOID(co_await make_way(bucket, request.version, must_replace));
    }
    put.stored.version = std::move(request.version);
    if (is_planted(Mutant::ReplicaHasOnePart)) {
        put.stored.version.parts.clear();
    }
    if (is_planted(Mutant::ReplicaHasItsOwnEtag) && !put.stored.version.parts.empty()) {
        put.stored.version.etag = put.stored.version.etag.substr(0, 32);
    }
    co_return co_await commit(bucket, std::move(put));
}

/// A crash behind it leaves the version missing; the sender tries a repair until it is confirmed.
Task<Result<void>> ReplicaService::make_way(BucketPtr bucket,
                                            const ObjectVersion& version,
                                            bool is_different) {
    catalog::Partition& partition = bucket->partition();
    if (is_different) {
        catalog::PurgeVersion purge{.key = version.key,
                                    .order = {},
                                    .removal_order = {},
                                    .arrived_from = version.order.origin,
                                    .region = catalog_.region(),
                                    .use_tombstones = false};
        if (!version.is_null) {
            purge.order = version.order;
        }
        CO_TRY(auto done, co_await catalog::purge_version(partition, std::move(purge)));
        CO_TRY_VOID(co_await catalog::reap_bodies(partition, blobs_, std::move(done.freed)));
    }
    std::vector<index::Write> writes;
    writes.push_back({.key = version.is_null ? catalog::rows::null_tombstone(version.key)
                                             : catalog::rows::tombstone(version.key, version.order),
                      .value = std::nullopt});
    CO_TRY_VOID(co_await partition.commit({}, std::move(writes), std::nullopt));
    co_return Result<void>{};
}

Task<Result<ReplicaOutcome>> ReplicaService::commit(BucketPtr bucket, catalog::PutVersion put) {
    catalog::Partition& partition = bucket->partition();
    const catalog::Body body = put.stored.body;
    auto done = co_await catalog::put_version(partition, std::move(put));
    if (!done) {
        if (done.error().code != ErrorCode::MaybeCommitted) {
            discard(blobs_, body.pieces);
        }
        co_return fail(std::move(done).error());
    }
    if (done->outcome != Outcome::Applied) {
        discard(blobs_, body.pieces);
        if (!body.manifest_id.empty()) {
            CO_TRY(const auto here, co_await find_same(partition, done->stored.version));
            if (!here || here->body.manifest_id != body.manifest_id) {
                std::vector<index::Write> writes;
                writes.push_back(catalog::garbage_row(body.manifest_id));
                writes.push_back({.key = transfer_row(body.manifest_id), .value = std::nullopt});
                CO_TRY_VOID(co_await partition.commit({}, std::move(writes), std::nullopt));
                done->freed.push_back({.manifest_id = body.manifest_id, .pieces = {}});
            }
        }
    }
    CO_TRY_VOID(co_await catalog::reap_bodies(partition, blobs_, std::move(done->freed)));
    co_return as_replica(done->outcome);
}

Task<Result<ReplicaOutcome>> ReplicaService::purge(BucketPtr bucket, ReplicaPurge request) {
    bucket->partition().clock().observe(request.order.hlc);
    catalog::PurgeVersion purge{.key = std::move(request.key),
                                .order = {},
                                .removal_order = request.order,
                                .arrived_from = std::move(request.arrived_from),
                                .region = catalog_.region(),
                                .use_tombstones = true};
    if (!request.is_null) {
        purge.order = request.order;
    }
    purge.precondition = [&bucket, removal = request.order](const catalog::PurgeSight& sight) {
        return check_replica(
            *bucket->config(), sight.target == nullptr ? nullptr : &sight.target->version, removal);
    };
    std::string key = purge.key;
    CO_TRY(auto done, co_await catalog::purge_version(bucket->partition(), std::move(purge)));
    CO_TRY_VOID(co_await catalog::reap_bodies(bucket->partition(), blobs_, std::move(done.freed)));
    if (is_planted(Mutant::PurgeAgainMakesAMarker) && done.outcome == Outcome::AlreadyThere) {
        catalog::PutVersion marker;
        marker.stored.version.key = std::move(key);
        marker.stored.version.is_delete_marker = true;
        marker.stored.version.order.origin = catalog_.region();
        CO_TRY_VOID(co_await catalog::put_version(bucket->partition(), std::move(marker)));
    }
    co_return as_replica(done.outcome);
}

Task<Result<void>> ReplicaService::put_chunk(BucketPtr bucket,
                                             std::string transfer_id,
                                             Chunk chunk,
                                             std::unique_ptr<ByteSource> body) {
    catalog::Partition& partition = bucket->partition();
    const std::string part_key = catalog::rows::part(transfer_id, chunk.number);
    const auto held = co_await partition.key_locks().lock(part_key);
    CO_TRY(const auto row, co_await partition.get(part_key));
    if (row) {
        CO_TRY(const catalog::StoredPart here, catalog::decode_part(*row));
        if (here.part.size_bytes == chunk.size_bytes && here.part.crc64 == chunk.crc64) {
            co_return Result<void>{};
        }
        co_return fail(ErrorCode::Conflict, "another chunk of that number is here already");
    }
    BodyCheck check{.size_bytes = chunk.size_bytes};
    check.crc64 = chunk.crc64;
    const BodySeal seal{
        .keys = keys_, .encryption = chunk.encryption, .context = bucket->config()->id};
    CO_TRY(StoredBody stored, co_await store_body(blobs_, body.get(), check, seal));
    catalog::StoredPart part{.part = {.number = chunk.number,
                                      .size_bytes = chunk.size_bytes,
                                      .etag = {},
                                      .crc64 = chunk.crc64,
                                      .checksum = {},
                                      .last_modified_ms = 0},
                             .pieces = stored.pieces};
    std::vector<index::Write> writes = std::move(stored.data_rows);
    writes.push_back({.key = part_key, .value = catalog::encode(part)});
    const std::int64_t now_ms = runtime::Executor::current().wall_now().time_since_epoch().count();
    writes.push_back({.key = transfer_row(transfer_id), .value = encode_transfer(now_ms)});
    std::vector<index::Guard> guards;
    guards.push_back({.key = part_key, .expected = std::nullopt});
    guards.push_back({.key = catalog::garbage_row(transfer_id).key, .expected = std::nullopt});
    auto committed = co_await partition.commit(std::move(guards), std::move(writes), std::nullopt);
    if (!committed && committed.error().code == ErrorCode::Conflict) {
        committed = being_removed();
    }
    if (!committed && committed.error().code != ErrorCode::MaybeCommitted) {
        discard(blobs_, stored.pieces);
    }
    CO_TRY_VOID(committed);
    co_return Result<void>{};
}

Task<Result<std::vector<Chunk>>> ReplicaService::list_chunks(BucketPtr bucket,
                                                             std::string transfer_id) {
    CO_TRY(const auto garbage,
           co_await bucket->partition().get(catalog::garbage_row(transfer_id).key));
    if (garbage) {
        co_return being_removed();
    }
    std::vector<Chunk> chunks;
    std::uint32_t after = 0;
    while (true) {
        CO_TRY(
            const auto page,
            co_await catalog::scan_parts(bucket->partition(), transfer_id, after, kChunksPerPage));
        for (const catalog::StoredPart& part : page.parts) {
            after = part.part.number;
            chunks.push_back(
                {.number = after, .size_bytes = part.part.size_bytes, .crc64 = part.part.crc64});
        }
        if (!page.is_truncated) {
            co_return chunks;
        }
    }
}

Task<Result<catalog::Body>> ReplicaService::body_of_transfer(BucketPtr bucket,
                                                             std::string transfer_id,
                                                             const ObjectVersion& version) {
    CO_TRY(const auto chunks, co_await list_chunks(bucket, transfer_id));
    std::uint64_t size = 0;
    std::uint64_t crc = 0;
    std::uint32_t expected = 1;
    for (const Chunk& chunk : chunks) {
        if (chunk.number != expected++) {
            co_return fail(ErrorCode::IncompleteBody, "a chunk of the transfer is missing");
        }
        crc = crypto::crc64_combine(crc, chunk.crc64, chunk.size_bytes);
        size += chunk.size_bytes;
    }
    if (size != version.size_bytes || crc != version.crc64) {
        co_return fail(ErrorCode::BadDigest, "the chunks are not the bytes of the version");
    }
    co_return catalog::Body{.manifest_id = std::move(transfer_id), .pieces = {}};
}

std::unique_ptr<ByteSource> ReplicaService::read(BucketPtr bucket,
                                                 const catalog::StoredVersion& stored,
                                                 ByteRange range) {
    return read_body(std::move(bucket), blobs_, keys_, stored.body, range);
}

}  // namespace antipode::object

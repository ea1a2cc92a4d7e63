#include "catalog/upload_table.h"

#include "catalog/garbage.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"

namespace antipode::catalog {

namespace {

Change upload_change(Partition::Ticket& ticket, const std::string& key, std::int64_t uploads) {
    Change change{.kind = ChangeKind::Other, .key = key};
    change.committed = ticket.hlc();
    change.usage_delta.uploads = uploads;
    return change;
}

std::string row_key(const StoredUpload& stored) {
    return rows::upload(stored.upload.key, stored.upload.upload_id);
}

std::unexpected<Error> no_such_upload() {
    return fail(ErrorCode::NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload "
                "may have been aborted "
                "or completed.");
}

Result<std::uint64_t> as_gone(Result<std::uint64_t> committed) {
    if (!committed && committed.error().code == ErrorCode::Conflict) {
        return no_such_upload();
    }
    return committed;
}

/// Rewrites the upload row with another mark.
Task<Result<FoundUpload>> mark(Partition& partition, FoundUpload upload, std::string run_id) {
    FoundUpload marked = upload;
    marked.stored.completing_run = std::move(run_id);
    marked.row = encode(marked.stored);
    std::vector<index::Guard> guards;
    guards.push_back({.key = row_key(upload.stored), .expected = upload.row});
    std::vector<index::Write> writes;
    writes.push_back({.key = row_key(upload.stored), .value = marked.row});
    CO_TRY_VOID(
        as_gone(co_await partition.commit(std::move(guards), std::move(writes), std::nullopt)));
    co_return marked;
}

}  // namespace

Task<Result<void>> create_upload(Partition& partition, MultipartUpload upload) {
    Partition::Ticket ticket = partition.begin();
    StoredUpload stored{.upload = std::move(upload), .completing_run = {}};
    std::vector<index::Write> writes;
    writes.push_back({.key = row_key(stored), .value = encode(stored)});
    Change change = upload_change(ticket, stored.upload.key, 1);
    CO_TRY_VOID(co_await partition.commit({}, std::move(writes), std::move(change)));
    co_return Result<void>{};
}

Task<Result<FoundUpload>> find_upload(Partition& partition,
                                      std::string key,
                                      std::string upload_id) {
    CO_TRY(auto row, co_await partition.get(rows::upload(key, upload_id)));
    if (!row) {
        co_return no_such_upload();
    }
    CO_TRY(StoredUpload stored, decode_upload(*row));
    co_return FoundUpload{.stored = std::move(stored), .row = std::move(*row)};
}

Task<Result<FreedBodies>> put_part(Partition& partition, PutPart request) {
    const StoredUpload& upload = request.upload.stored;
    if (upload.completing_run == request.run_id) {
        co_return no_such_upload();
    }
    const std::string part_key = rows::part(upload.upload.upload_id, request.part.part.number);
    const auto held = co_await partition.key_locks().lock(part_key);
    CO_TRY(const auto earlier, co_await partition.get(part_key));
    FreedBodies freed;
    std::vector<index::Write> writes = std::move(request.data_rows);
    if (earlier) {
        CO_TRY(StoredPart old, decode_part(*earlier));
        for (const Piece& piece : old.pieces) {
            if (piece.is_inline()) {
                writes.push_back({.key = rows::data(piece.data_id), .value = std::nullopt});
            }
        }
        freed.push_back({.manifest_id = {}, .pieces = std::move(old.pieces)});
    }
    std::vector<index::Guard> guards;
    guards.push_back({.key = row_key(upload), .expected = request.upload.row});
    guards.push_back({.key = part_key, .expected = earlier});
    writes.push_back({.key = part_key, .value = encode(request.part)});
    CO_TRY_VOID(
        as_gone(co_await partition.commit(std::move(guards), std::move(writes), std::nullopt)));
    co_return freed;
}

Task<Result<PartsPage>> scan_parts(Partition& partition,
                                   std::string manifest_id,
                                   std::uint32_t after,
                                   std::size_t limit) {
    index::ScanRange range{.prefix = rows::parts_prefix(manifest_id),
                           .after = after == 0 ? std::string() : rows::part(manifest_id, after),
                           .limit = limit};
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    PartsPage out;
    out.is_truncated = page.is_truncated;
    for (const index::Row& row : page.rows) {
        CO_TRY(StoredPart part, decode_part(row.value));
        out.parts.push_back(std::move(part));
    }
    co_return out;
}

Task<Result<FoundUpload>> begin_complete(Partition& partition,
                                         FoundUpload upload,
                                         std::string run_id) {
    return mark(partition, std::move(upload), std::move(run_id));
}

Task<Result<void>> cancel_complete(Partition& partition, FoundUpload marked) {
    CO_TRY_VOID(co_await mark(partition, std::move(marked), {}));
    co_return Result<void>{};
}

Companions end_of_upload(const FoundUpload& marked) {
    Companions companions;
    companions.guards.push_back({.key = row_key(marked.stored), .expected = marked.row});
    companions.writes.push_back({.key = row_key(marked.stored), .value = std::nullopt});
    companions.usage_delta.uploads = -1;
    return companions;
}

Task<Result<void>> drop_parts(Partition& partition,
                              std::string manifest_id,
                              std::vector<StoredPart> parts,
                              FreedBodies& freed) {
    constexpr std::size_t kPartsPerStep = 500;
    std::vector<index::Write> removals;
    for (StoredPart& part : parts) {
        removals.push_back(
            {.key = rows::part(manifest_id, part.part.number), .value = std::nullopt});
        for (const Piece& piece : part.pieces) {
            if (piece.is_inline()) {
                removals.push_back({.key = rows::data(piece.data_id), .value = std::nullopt});
            }
        }
        freed.push_back({.manifest_id = {}, .pieces = std::move(part.pieces)});
        if (removals.size() >= kPartsPerStep) {
            CO_TRY_VOID(co_await partition.commit({}, std::exchange(removals, {}), std::nullopt));
        }
    }
    if (!removals.empty()) {
        CO_TRY_VOID(co_await partition.commit({}, std::move(removals), std::nullopt));
    }
    co_return Result<void>{};
}

Task<Result<FreedBodies>> abort_upload(Partition& partition, FoundUpload upload) {
    Partition::Ticket ticket = partition.begin();
    const std::string upload_id = upload.stored.upload.upload_id;
    std::vector<index::Guard> guards;
    guards.push_back({.key = row_key(upload.stored), .expected = upload.row});
    std::vector<index::Write> writes;
    writes.push_back({.key = row_key(upload.stored), .value = std::nullopt});
    writes.push_back(garbage_row(upload_id));
    Change change = upload_change(ticket, upload.stored.upload.key, -1);
    CO_TRY_VOID(as_gone(
        co_await partition.commit(std::move(guards), std::move(writes), std::move(change))));
    FreedBodies freed;
    freed.push_back({.manifest_id = upload_id, .pieces = {}});
    co_return freed;
}

Task<Result<UploadsPage>> scan_uploads(Partition& partition,
                                       std::string prefix,
                                       std::string after_key,
                                       std::string after_upload_id,
                                       std::size_t limit) {
    index::ScanRange range{
        .prefix = std::string(rows::kUploads) + prefix, .after = {}, .limit = limit};
    if (!after_key.empty()) {
        range.after = rows::upload(
            after_key, after_upload_id.empty() ? std::string(40, '\xff') : after_upload_id);
    }
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    UploadsPage out;
    out.is_truncated = page.is_truncated;
    for (const index::Row& row : page.rows) {
        CO_TRY(StoredUpload stored, decode_upload(row.value));
        out.uploads.push_back(std::move(stored.upload));
    }
    co_return out;
}

}  // namespace antipode::catalog

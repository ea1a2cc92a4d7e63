#include "catalog/garbage.h"

#include "catalog/key_layout.h"
#include "catalog/row_format.h"

namespace antipode::catalog {

namespace {

constexpr std::string_view kGarbage{"g\0", 2};
constexpr std::size_t kPartsPerStep = 200;

std::string garbage_key(const std::string& manifest_id) {
    return std::string(kGarbage) + manifest_id;
}

void free_blobs(blob::BlobStore& blobs, const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) {
        if (!piece.is_inline()) {
            blobs.remove(piece.blob);
        }
    }
}

Task<Result<void>> reap_manifest(Partition& partition,
                                 blob::BlobStore& blobs,
                                 std::string manifest_id) {
    while (true) {
        index::ScanRange range{
            .prefix = rows::parts_prefix(manifest_id), .after = {}, .limit = kPartsPerStep};
        CO_TRY(const auto page, co_await partition.scan(std::move(range)));
        std::vector<index::Write> removals;
        std::vector<Piece> pieces;
        for (const index::Row& row : page.rows) {
            CO_TRY(const StoredPart stored, decode_part(row.value));
            removals.push_back({.key = row.key, .value = std::nullopt});
            for (const Piece& piece : stored.pieces) {
                pieces.push_back(piece);
                if (piece.is_inline()) {
                    removals.push_back({.key = rows::data(piece.data_id), .value = std::nullopt});
                }
            }
        }
        if (!page.is_truncated) {
            removals.push_back({.key = garbage_key(manifest_id), .value = std::nullopt});
        }
        CO_TRY_VOID(co_await partition.commit({}, std::move(removals), std::nullopt));
        free_blobs(blobs, pieces);
        if (!page.is_truncated) {
            co_return Result<void>{};
        }
    }
}

}  // namespace

index::Write garbage_row(const std::string& manifest_id) {
    return {.key = garbage_key(manifest_id), .value = std::string("1")};
}

Task<Result<void>> reap_bodies(Partition& partition, blob::BlobStore& blobs, FreedBodies freed) {
    for (const Body& body : freed) {
        free_blobs(blobs, body.pieces);
        if (!body.manifest_id.empty()) {
            CO_TRY_VOID(co_await reap_manifest(partition, blobs, body.manifest_id));
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> reap_leftovers(Partition& partition, blob::BlobStore& blobs) {
    index::ScanRange range{.prefix = std::string(kGarbage), .after = {}, .limit = 1000};
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    for (const index::Row& row : page.rows) {
        CO_TRY_VOID(co_await reap_manifest(partition, blobs, row.key.substr(kGarbage.size())));
    }
    co_return Result<void>{};
}

}  // namespace antipode::catalog

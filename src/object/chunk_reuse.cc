#include <utility>

#include "crypto/digest.h"
#include "object/replica_service.h"

// A large object that is overwritten often has much of what it had: such chunks are taken from the
// version that is here instead of travelling again.
namespace antipode::object {

namespace {

/// Newest first; older ones have less in common with what comes.
constexpr std::size_t kVersionsLookedAt = 10;

/// The newest version of the key whose bytes are chunks or parts.
Task<Result<std::optional<catalog::StoredVersion>>> find_basis(catalog::Partition& partition,
                                                               std::string key) {
    catalog::VersionPlace start;
    CO_TRY(auto page,
           co_await catalog::scan_versions(partition, key, std::move(start), kVersionsLookedAt));
    for (catalog::VersionsPage::Entry& entry : page.entries) {
        if (entry.stored.version.key == key && !entry.stored.body.manifest_id.empty()) {
            co_return std::move(entry.stored);
        }
    }
    co_return std::nullopt;
}

/// Nothing when they are not these bytes, whatever the reason: then they travel.
Task<std::optional<Bytes>> read_verified(std::unique_ptr<ByteSource> source,
                                         std::uint64_t size_bytes,
                                         std::string sha256) {
    crypto::DigestStream digest(crypto::DigestKind::Sha256);
    Bytes bytes;
    bytes.reserve(size_bytes);
    while (bytes.size() < size_bytes) {
        const auto piece = co_await source->next();
        if (!piece || piece->empty()) {
            co_return std::nullopt;
        }
        digest.update(*piece);
        append(bytes, *piece);
    }
    if (bytes.size() != size_bytes || to_string(digest.finish().bytes()) != sha256) {
        co_return std::nullopt;
    }
    co_return bytes;
}

}  // namespace

Task<Result<std::vector<Chunk>>> ReplicaService::list_basis(BucketPtr bucket, std::string key) {
    CO_TRY(const auto basis, co_await find_basis(bucket->partition(), std::move(key)));
    if (!basis) {
        co_return std::vector<Chunk>{};
    }
    auto chunks = co_await list_chunks(bucket, basis->body.manifest_id);
    if (!chunks) {
        co_return std::vector<Chunk>{};  // It is just being removed.
    }
    co_return std::move(*chunks);
}

Task<Result<bool>> ReplicaService::take_chunk(BucketPtr bucket,
                                              std::string transfer_id,
                                              Chunk chunk,
                                              BasisChunk from) {
    CO_TRY(const auto basis, co_await find_basis(bucket->partition(), std::move(from.key)));
    if (!basis || from.offset > basis->version.size_bytes ||
        chunk.size_bytes > basis->version.size_bytes - from.offset) {
        co_return false;
    }
    auto source = read(bucket, *basis, {.offset = from.offset, .size = chunk.size_bytes});
    auto bytes =
        co_await read_verified(std::move(source), chunk.size_bytes, std::move(from.sha256));
    if (!bytes) {
        co_return false;
    }
    auto body = std::make_unique<runtime::MemorySource>(std::move(*bytes));
    CO_TRY_VOID(co_await put_chunk(
        std::move(bucket), std::move(transfer_id), std::move(chunk), std::move(body)));
    co_return true;
}

}  // namespace antipode::object

#include "catalog/garbage.h"
#include "object/detail/transfer_row.h"
#include "object/replica_service.h"

namespace antipode::object {

namespace {

constexpr std::size_t kPage = 1000;

/// One commit decides that nobody goes on: a chunk or the version's own commit that comes at the
/// same time either changes the row first, and wins, or finds it gone.
Task<Result<bool>> end_transfer(catalog::Partition& partition,
                                blob::BlobStore& blobs,
                                index::Row row) {
    std::string transfer_id = row.key.substr(transfer_rows().size());
    std::vector<index::Guard> guards;
    guards.push_back({.key = row.key, .expected = row.value});
    std::vector<index::Write> writes;
    writes.push_back({.key = row.key, .value = std::nullopt});
    writes.push_back(catalog::garbage_row(transfer_id));
    const auto decided =
        co_await partition.commit(std::move(guards), std::move(writes), std::nullopt);
    if (!decided && decided.error().code == ErrorCode::Conflict) {
        co_return false;
    }
    CO_TRY_VOID(decided);
    catalog::FreedBodies freed;
    freed.push_back({.manifest_id = std::move(transfer_id), .pieces = {}});
    CO_TRY_VOID(co_await catalog::reap_bodies(partition, blobs, std::move(freed)));
    co_return true;
}

}  // namespace

Task<Result<std::uint64_t>> ReplicaService::end_abandoned_transfers(BucketPtr bucket,
                                                                    runtime::Duration grace) {
    catalog::Partition& partition = bucket->partition();
    const std::int64_t now_ms = runtime::Executor::current().wall_now().time_since_epoch().count();
    const std::int64_t grace_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(grace).count();
    std::uint64_t ended = 0;
    std::string after;
    while (true) {
        index::ScanRange range{.prefix = transfer_rows(), .after = after, .limit = kPage};
        CO_TRY(const auto page, co_await partition.scan(std::move(range)));
        for (const index::Row& row : page.rows) {
            CO_TRY(const std::int64_t active_ms, decode_transfer(row.value));
            if (active_ms == 0) {
                // Its age is not known: it gets the whole grace from now on.
                std::vector<index::Guard> guards;
                guards.push_back({.key = row.key, .expected = row.value});
                std::vector<index::Write> writes;
                writes.push_back({.key = row.key, .value = encode_transfer(now_ms)});
                static_cast<void>(
                    co_await partition.commit(std::move(guards), std::move(writes), std::nullopt));
                continue;
            }
            if (now_ms - active_ms < grace_ms) {
                continue;
            }
            CO_TRY(const bool is_ended, co_await end_transfer(partition, blobs_, row));
            ended += is_ended ? 1 : 0;
        }
        if (!page.is_truncated) {
            co_return ended;
        }
        after = page.rows.back().key;
    }
}

}  // namespace antipode::object

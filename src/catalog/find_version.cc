#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

namespace {

Task<Result<std::optional<StoredVersion>>> load(Partition& partition,
                                                std::string key,
                                                std::string row_key) {
    CO_TRY(const auto row, co_await partition.get(std::move(row_key)));
    if (!row) {
        co_return std::nullopt;
    }
    CO_TRY(StoredVersion found, decode_version(key, *row));
    co_return found;
}

}  // namespace

Task<Result<std::optional<StoredVersion>>> find_latest(Partition& partition, std::string key) {
    std::string row_key = rows::head(key);
    return load(partition, std::move(key), std::move(row_key));
}

// A version moves between its two places when a newer one comes or goes: both are read at one
// moment, or it would be missed in the middle of its move.
Task<Result<std::optional<StoredVersion>>> find_version(Partition& partition,
                                                        std::string key,
                                                        VersionOrder order) {
    std::vector<std::string> places{rows::head(key), rows::older(key, order)};
    CO_TRY(const auto found, co_await partition.get_many(std::move(places)));
    if (found[0]) {
        CO_TRY(StoredVersion latest, decode_version(key, *found[0]));
        if (latest.version.order == order) {
            co_return latest;
        }
    }
    if (!found[1]) {
        co_return std::nullopt;
    }
    CO_TRY(StoredVersion older, decode_version(key, *found[1]));
    co_return older;
}

Task<Result<std::optional<StoredVersion>>> find_null_version(Partition& partition,
                                                             std::string key) {
    std::optional<VersionOrder> missed;
    while (true) {
        std::vector<std::string> places{rows::head(key), rows::null_pointer(key)};
        CO_TRY(const auto found, co_await partition.get_many(std::move(places)));
        if (found[0]) {
            CO_TRY(StoredVersion latest, decode_version(key, *found[0]));
            if (latest.version.is_null) {
                co_return latest;
            }
        }
        if (!found[1]) {
            co_return std::nullopt;
        }
        CO_TRY(const VersionOrder order, decode_order(*found[1]));
        if (missed == order) {
            co_return fail(ErrorCode::Corrupt, "a key points to a null version that is not there");
        }
        CO_TRY(auto older, co_await find_version(partition, key, order));
        if (older) {
            co_return older;
        }
        missed = order;  // It has gone since, and so has what points to it: look again.
    }
}

}  // namespace antipode::catalog

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

Task<Result<std::optional<StoredVersion>>> find_version(Partition& partition,
                                                        std::string key,
                                                        VersionOrder order) {
    CO_TRY(auto latest, co_await find_latest(partition, key));
    if (latest && latest->version.order == order) {
        co_return latest;
    }
    std::string row_key = rows::older(key, order);
    co_return co_await load(partition, std::move(key), std::move(row_key));
}

Task<Result<std::optional<StoredVersion>>> find_null_version(Partition& partition,
                                                             std::string key) {
    CO_TRY(auto latest, co_await find_latest(partition, key));
    if (latest && latest->version.is_null) {
        co_return latest;
    }
    CO_TRY(const auto pointer, co_await partition.get(rows::null_pointer(key)));
    if (!pointer) {
        co_return std::nullopt;
    }
    CO_TRY(const VersionOrder order, decode_order(*pointer));
    co_return co_await find_version(partition, std::move(key), order);
}

}  // namespace antipode::catalog

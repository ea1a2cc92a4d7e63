#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "index/zoned/row_table.h"
#include "index/zoned/zone_log.h"
#include "runtime/file_system.h"
#include "zone/zone_files.h"

namespace antipode::index {

/// ZONE/index/meta: what the rows of a zone know of themselves (docs/formats/commit-log.md).
struct ZoneMeta {
    std::string region_id;
    std::uint64_t segment_bytes = 0;
    /// No epoch up to this one will be begun by anyone who has seen this zone.
    std::uint64_t promised_epoch = 0;
    /// Whether log and rows together hold every record from the first on. Never counted while it is
    /// false.
    bool is_complete = false;
    /// The log is whole from here on.
    std::uint64_t log_from = 0;
};

/// NotFound when there is none.
Result<ZoneMeta> read_meta(runtime::FileSystem& files, const std::string& directory);
Result<void> write_meta(runtime::FileSystem& files,
                        const std::string& directory,
                        const ZoneMeta& meta);

/// Log and rows of one zone in one incarnation: from its opening until the zone goes out. Shared by
/// the threads that use it, which may hang in it; closing happens on a thread of its own for the
/// same reason.
struct ZoneReplica {
    ZoneReplica(runtime::FileSystem& all_files,
                const std::string& zone_directory,
                std::uint64_t segment_bytes,
                std::shared_ptr<zone::ZoneWatch> zone_watch)
        : watch(std::move(zone_watch)),
          files(all_files, watch),
          directory(zone_directory + "/index"),
          log(files, directory + "/log", segment_bytes) {}

    Result<void> open_rows(RowTables& tables);
    /// Empty rows in the place of whatever was there.
    Result<void> replace_rows(RowTables& tables);

    const std::shared_ptr<zone::ZoneWatch> watch;
    zone::ZoneFiles files;
    const std::string directory;
    ZoneLog log;
    std::unique_ptr<RowTable> rows;
    std::function<void()> on_closed;  ///< Called when all is closed and freed.
};

/// Closes on another thread when the last user is gone: a database with work that hangs cannot be
/// closed.
std::shared_ptr<ZoneReplica> make_replica(runtime::FileSystem& files,
                                          const std::string& zone_directory,
                                          std::uint64_t segment_bytes,
                                          std::shared_ptr<zone::ZoneWatch> watch);

}  // namespace antipode::index

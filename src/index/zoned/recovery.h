#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "index/zoned/zone_replica.h"
#include "runtime/file_system.h"
#include "zone/zone_set.h"

namespace antipode::index {

/// What a start found and made equal: in every replica that is there, log and rows end with `last`.
struct Recovered {
    std::array<std::shared_ptr<ZoneReplica>, zone::kZones>
        replicas;                                   ///< Null: the zone is to be filled later.
    std::array<std::string, zone::kZones> reasons;  ///< Why, where it is null.
    Applied last;
    std::uint64_t epoch = 0;  ///< Greater than any before; promised by two zones.
    std::uint64_t segment_bytes = 0;
};

/// Opens the zones that `zones` has as members, decides which log is the truth, brings the others
/// to it and replays it into the rows. Blocks; a zone that hangs is left behind. Fails unless two
/// zones are complete.
///
/// The truth: a record that was acknowledged is durable in two complete zones, so of any two
/// complete zones one has it. Of the logs the one with the greatest (epoch, lsn) at its end has
/// them all, because an epoch is begun only after its number was promised by two zones and the log
/// it begins with is the greatest of two (Raft's argument, with the start of this process in the
/// place of an election).
Result<Recovered> recover(zone::ZoneSet& zones,
                          runtime::FileSystem& files,
                          const std::shared_ptr<RowTables>& tables,
                          std::uint64_t segment_bytes_when_new);

/// Applies the log from where the rows are to the record `up_to`.
Result<void> replay(ZoneReplica& replica, const Applied& from, Lsn up_to);

}  // namespace antipode::index

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/file_system.h"

namespace antipode::zone {

/// DIR/zone.json: who a zone directory is. Written once (docs/formats/zone.md).
struct Identity {
    std::string region;  ///< "cn-hangzhou"
    std::string
        region_id;  ///< The same in all zones of one region; another one for another installation.
    std::string zone;  ///< "zone-a"
    std::string zone_id;
    /// False while the region is being made: nothing of value exists before all three say true.
    bool is_formed = false;
};

/// DIR/incomplete.json: which zones miss something, as the zones that were there saw it. The
/// highest generation of those that can be read counts.
struct Incomplete {
    std::uint64_t generation = 0;
    std::vector<std::string> zones;
    std::vector<std::string> held;  ///< Those that stay out until an operator lets them back.
};

enum class Finding : std::uint8_t { Missing, Empty, Identified, Stranger };

/// What lies in a zone's directory.
struct Inspection {
    Finding finding = Finding::Missing;
    Identity identity;      ///< When Identified.
    Incomplete incomplete;  ///< When Identified.
    std::string
        stranger;  ///< A file that does not belong there, when Stranger (files but no zone.json).
};

Result<Inspection> inspect(runtime::FileSystem& files, const std::string& directory);
/// The identity when it can be read: a quick look whether the directory is still the same one.
Result<Identity> read_identity(runtime::FileSystem& files, const std::string& directory);
Result<void> write_identity(runtime::FileSystem& files,
                            const std::string& directory,
                            const Identity& identity);
Result<void> write_incomplete(runtime::FileSystem& files,
                              const std::string& directory,
                              const Incomplete& incomplete);

/// Writes, syncs and reads back a small file: whether the zone takes and gives bytes.
Result<void> probe(runtime::FileSystem& files, const std::string& directory, std::uint64_t number);

}  // namespace antipode::zone

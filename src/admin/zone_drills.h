#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/executor.h"
#include "runtime/fault_file_system.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// What a drill does to every file operation in a zone's directory.
enum class DrillMode : std::uint8_t {
    Kill,      ///< Fails at once (EIO): the disk is gone.
    Hang,      ///< Never returns while the drill lasts.
    Slow,      ///< Takes 5 s longer.
    Eio,       ///< Writes and syncs fail, reads work.
    Full,      ///< No space left.
    ReadOnly,  ///< The file system has become read-only.
    Flip,      ///< Reads give some wrong bits.
};

std::string_view name_of(DrillMode mode);
/// InvalidArgument naming the modes.
Result<DrillMode> parse_drill_mode(std::string_view text);

struct Drill {
    std::size_t zone = 0;
    DrillMode mode = DrillMode::Kill;
    runtime::WallTime ends;
};

/// Practice for a lost zone: puts faults on a zone's files for a while. One drill a zone; a new one
/// replaces it. Lifted by itself when its time is over, and at stop(). Threads: any executor.
class ZoneDrills {
  public:
    static constexpr std::chrono::hours kDurationMax{1};

    ZoneDrills(runtime::FaultFileSystem& files, std::array<std::string, zone::kZones> directories);

    /// InvalidArgument: a duration of nothing or beyond kDurationMax. Call on an executor: its
    /// timer ends the drill.
    Result<Drill> begin(std::size_t zone, DrillMode mode, runtime::Duration duration);
    /// False when there was none.
    bool end(std::size_t zone);
    [[nodiscard]] std::vector<Drill> running() const;
    /// Lifts everything; no drill begins after it.
    void stop();

  private:
    /// With the mutex held.
    bool lift(std::size_t zone);
    void expire(std::size_t zone, std::uint64_t number);

    runtime::FaultFileSystem& files_;
    std::array<std::string, zone::kZones> directories_;
    mutable std::mutex mutex_;
    bool stopped_ = false;
    std::uint64_t last_number_ = 0;

    struct Running {
        Drill drill;
        std::uint64_t number = 0;
    };

    std::array<std::optional<Running>, zone::kZones> running_;
};

}  // namespace antipode::admin

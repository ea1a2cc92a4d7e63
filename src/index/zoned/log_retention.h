#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "zone/zone_set.h"

namespace antipode::index {

/// From where on the commit log must be kept: whatever some zone has not made durable in its rows.
/// For a zone that is away it is kept within a budget; beyond it the zone is filled from a snapshot
/// of the rows instead. Any thread.
class LogRetention {
  public:
    explicit LogRetention(std::uint64_t absent_bytes_max) : absent_bytes_max_(absent_bytes_max) {}

    /// The zone is here, its rows are durable up to `position`.
    void note_flushed(std::size_t zone, std::uint64_t position);
    /// It is away; it will need the log from where its rows were.
    void note_absent(std::size_t zone);
    /// It is being filled and needs the log from `position`, however much that is.
    void hold(std::size_t zone, std::uint64_t position);

    [[nodiscard]] std::uint64_t keep_from(std::uint64_t tail) const;

  private:
    enum class Kind : std::uint8_t { Absent, Here, Held };

    struct Need {
        Kind kind = Kind::Absent;
        std::uint64_t position = 0;
    };

    const std::uint64_t absent_bytes_max_;
    mutable std::mutex mutex_;
    std::array<Need, zone::kZones> needs_{};
};

}  // namespace antipode::index

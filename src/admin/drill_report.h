#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "admin/event_log.h"
#include "admin/protection.h"
#include "admin/traffic_watch.h"
#include "admin/zone_drills.h"
#include "runtime/task_group.h"

namespace antipode::admin {

/// How a drill went, so far or in the end.
struct DrillReport {
    Drill drill;
    runtime::WallTime began;
    Traffic traffic;  ///< From its beginning until everything was protected again.
    /// After its beginning, when the zone was seen to be unwell; absent: it was not (flip).
    std::optional<runtime::Duration> noticed_after;
    bool is_lifted = false;
    /// After the fault was lifted, until the zone was ok and every body on its three zones again.
    std::optional<runtime::Duration> protected_after;
    bool is_over = false;
};

/// Follows the latest drill until all is protected again, at most kFollowMax after its end.
class DrillReports {
  public:
    static constexpr std::chrono::hours kFollowMax{1};

    /// All outlive this object.
    DrillReports(const zone::ZoneSet& zones,
                 const Protection& protection,
                 const ZoneDrills& drills,
                 TrafficWatch& traffic,
                 EventLog& events)
        : zones_(zones),
          protection_(protection),
          drills_(drills),
          traffic_(traffic),
          events_(events) {}

    /// On an executor, which runs what follows it. The one before is not followed any more.
    void begin(const Drill& drill);
    /// Of the latest drill, when it was this zone's.
    [[nodiscard]] std::optional<DrillReport> latest(std::size_t zone) const;
    Task<void> stop();

  private:
    Task<void> follow(std::uint64_t number);
    /// False when there is nothing more to see.
    bool look(std::uint64_t number,
              runtime::Instant began,
              std::optional<runtime::Instant>* lifted);
    void close(DrillReport& report);

    const zone::ZoneSet& zones_;
    const Protection& protection_;
    const ZoneDrills& drills_;
    TrafficWatch& traffic_;
    EventLog& events_;
    runtime::TaskGroup followers_;

    mutable std::mutex mutex_;
    bool is_stopped_ = false;
    std::uint64_t number_ = 0;  ///< Of the report below.
    std::optional<DrillReport> report_;
};

}  // namespace antipode::admin

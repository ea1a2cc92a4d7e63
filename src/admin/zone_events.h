#pragma once

#include <string>
#include <vector>

#include "admin/event_log.h"
#include "admin/zone_routes.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// Looks at the zones a few times a second and notes when one changes its state, or what is kept in
/// them is in trouble: for the event log and the log.
class ZoneEvents {
  public:
    ZoneEvents(zone::ZoneSet& zones, const Protection& protection, EventLog& events)
        : zones_(zones), protection_(protection), events_(events) {}

    /// On the current executor.
    void start();
    Task<void> stop();
    /// Notes what has changed since the last look.
    void look();

  private:
    Task<void> watch();
    void look_at_protection();

    zone::ZoneSet& zones_;
    const Protection& protection_;
    EventLog& events_;
    std::string last_trouble_;
    std::vector<zone::ZoneStatus> last_;
    runtime::Signal stopping_;
    runtime::TaskGroup watching_;
};

}  // namespace antipode::admin

#pragma once

#include <vector>

#include "admin/event_log.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// Looks at the zones a few times a second and notes when one changes its state: for the event log
/// and the log.
class ZoneEvents {
  public:
    ZoneEvents(zone::ZoneSet& zones, EventLog& events) : zones_(zones), events_(events) {}

    /// On the current executor.
    void start();
    Task<void> stop();
    /// Notes what has changed since the last look.
    void look();

  private:
    Task<void> watch();

    zone::ZoneSet& zones_;
    EventLog& events_;
    std::vector<zone::ZoneStatus> last_;
    runtime::Signal stopping_;
    runtime::TaskGroup watching_;
};

}  // namespace antipode::admin

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "admin/event_log.h"
#include "replication/replication_admin.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"

namespace antipode::admin {

/// Looks at the rules every second and notes what an operator must hear of: a change that waits
/// longer than the rule's threshold, that the rule has caught up again, versions that are refused,
/// a rule that the destination has fenced.
class ReplicationEvents {
  public:
    ReplicationEvents(replication::ReplicationAdmin& replication, EventLog& events)
        : replication_(replication), events_(events) {}

    /// On the current executor.
    void start();
    Task<void> stop();
    /// Notes what has changed since the last look.
    Task<void> look();

  private:
    struct Seen {
        std::int64_t late_since_ms = 0;  ///< 0 = not late.
        std::uint64_t failed = 0;        ///< How many exceptions were told.
        std::int64_t told_failed_ms = 0;
        bool is_fenced = false;
    };

    Task<void> watch();
    void look_at_age(const replication::RuleStatus& rule, Seen& seen);
    Task<void> look_at_failures(replication::RuleStatus rule, Seen& seen);

    replication::ReplicationAdmin& replication_;
    EventLog& events_;
    std::map<std::string, Seen> seen_;  ///< By bucket and rule.
    runtime::Signal stopping_;
    runtime::TaskGroup watching_;
};

}  // namespace antipode::admin

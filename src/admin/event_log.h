#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/executor.h"

namespace antipode::admin {

/// Something an operator wants to know afterwards: a zone went out, a drill began, a rule was
/// added.
struct Event {
    std::uint64_t id = 0;  ///< Grows by one; what a reader gives to go on after it.
    std::int64_t time_ms = 0;
    std::string subject;  ///< What it is about: "zone-b", "rule 1234".
    std::string text;     ///< One sentence.
    /// For programs: "replication.late", "replication.caught-up", "replication.failed",
    /// "replication.fenced", "object.lost", "object.rebuilt", "object.whole", "object.gone"; empty
    /// for events that only people read.
    std::string kind;
};

/// The last events of this run, oldest dropped first. Threads: any.
class EventLog {
  public:
    static constexpr std::size_t kEventsMax = 1000;

    void add(runtime::WallTime now, std::string subject, std::string text, std::string kind = {});
    /// Events with an id greater than `after`, oldest first.
    [[nodiscard]] std::vector<Event> after(std::uint64_t id) const;

  private:
    mutable std::mutex mutex_;
    std::uint64_t last_id_ = 0;
    std::deque<Event> events_;
};

}  // namespace antipode::admin

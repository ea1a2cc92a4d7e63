#include "admin/event_log.h"

namespace antipode::admin {

void EventLog::add(runtime::WallTime now, std::string subject, std::string text, std::string kind) {
    const std::scoped_lock lock(mutex_);
    events_.push_back({.id = ++last_id_,
                       .time_ms = now.time_since_epoch().count(),
                       .subject = std::move(subject),
                       .text = std::move(text),
                       .kind = std::move(kind)});
    if (events_.size() > kEventsMax) {
        events_.pop_front();
    }
}

std::vector<Event> EventLog::after(std::uint64_t id) const {
    const std::scoped_lock lock(mutex_);
    std::vector<Event> found;
    for (const Event& event : events_) {
        if (event.id > id) {
            found.push_back(event);
        }
    }
    return found;
}

}  // namespace antipode::admin

#include "admin/traffic_watch.h"

#include <algorithm>

namespace antipode::admin {

void TrafficWatch::begin() {
    const std::scoped_lock lock(mutex_);
    traffic_ = {};
    waiting_ = 0;
    current_ = ++last_;
}

Traffic TrafficWatch::seen(runtime::Instant now) const {
    const std::scoped_lock lock(mutex_);
    Traffic traffic = traffic_;
    if (waiting_ > 0 && current_ == last_) {
        traffic.longest_gap = std::max(traffic.longest_gap, now - quiet_since_);
    }
    return traffic;
}

TrafficWatch::Ticket TrafficWatch::request_begins(runtime::Instant now) {
    const Ticket ticket = current_.load();
    if (ticket == 0) {
        return 0;
    }
    const std::scoped_lock lock(mutex_);
    if (ticket != last_) {
        return 0;
    }
    if (waiting_++ == 0) {
        quiet_since_ = now;
    }
    return ticket;
}

void TrafficWatch::request_ends(Ticket ticket, runtime::Instant now, bool is_failed) {
    if (ticket == 0) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    if (ticket != last_ || current_ != last_) {
        return;
    }
    ++traffic_.requests;
    traffic_.failed += is_failed ? 1 : 0;
    traffic_.longest_gap = std::max(traffic_.longest_gap, now - quiet_since_);
    quiet_since_ = now;
    --waiting_;
}

}  // namespace antipode::admin

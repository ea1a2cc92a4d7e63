#pragma once

#include <boost/json/value.hpp>

#include "admin/event_log.h"
#include "replication/lost_bodies.h"

namespace antipode::admin {

/// Bytes of an object that no zone gives back, as `admin scrub status` lists them.
boost::json::value describe(const replication::LostBody& body);

/// Tells of them as events: "object.lost", "object.rebuilt", "object.whole", "object.gone". The
/// log outlives the listener.
replication::LostBodies::Listener lost_body_events(EventLog& events);

}  // namespace antipode::admin

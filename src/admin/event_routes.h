#pragma once

#include "admin/admin_api.h"
#include "admin/event_log.h"

namespace antipode::admin {

/// GET events[?after=ID]
class EventRoutes final : public Routes {
  public:
    explicit EventRoutes(const EventLog& events) : events_(events) {}

    Task<Answer> handle(Call call) override;

  private:
    const EventLog& events_;
};

}  // namespace antipode::admin

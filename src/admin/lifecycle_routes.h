#pragma once

#include "admin/admin_api.h"
#include "lifecycle/daily.h"

namespace antipode::admin {

/// POST lifecycle, GET lifecycle
class LifecycleRoutes final : public Routes {
  public:
    explicit LifecycleRoutes(lifecycle::Daily& daily) : daily_(daily) {}

    Task<Answer> handle(Call call) override;

  private:
    lifecycle::Daily& daily_;
};

}  // namespace antipode::admin

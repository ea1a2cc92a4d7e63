#pragma once

#include "admin/admin_api.h"
#include "replication/replication_admin.h"

namespace antipode::admin {

/// GET replication/status[?bucket=]; GET replication/failed?bucket=&rule=; POST replication/retry
/// {bucket, rule, key}; POST replication/verify {bucket, rule, wait_seconds}.
class ReplicationRoutes final : public Routes {
  public:
    explicit ReplicationRoutes(replication::ReplicationAdmin& replication)
        : replication_(replication) {}

    Task<Answer> handle(Call call) override;

  private:
    Task<Answer> status(Call call);
    Task<Answer> failed(Call call);
    Task<Answer> retry(Call call);
    Task<Answer> verify(Call call);
    static Task<Answer> unknown(Call call);

    replication::ReplicationAdmin& replication_;
};

}  // namespace antipode::admin

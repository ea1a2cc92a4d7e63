#pragma once

#include <memory>

#include "admin/admin_api.h"
#include "catalog/catalog.h"

namespace antipode::admin {

/// GET buckets; GET buckets/NAME: of all accounts. POST buckets/NAME/quota {replication_rules}: how
/// many rules it may have in each direction; fewer than it has keeps them and allows no new one.
class BucketRoutes final : public Routes {
  public:
    explicit BucketRoutes(catalog::Catalog& catalog) : catalog_(catalog) {}

    Task<Answer> handle(Call call) override;

  private:
    Task<Answer> set_quota(std::shared_ptr<catalog::OpenBucket> bucket, Call call);

    catalog::Catalog& catalog_;
};

/// GET usage: what each account stores, summed from its buckets' totals.
class UsageRoutes final : public Routes {
  public:
    explicit UsageRoutes(catalog::Catalog& catalog) : catalog_(catalog) {}

    Task<Answer> handle(Call call) override;

  private:
    catalog::Catalog& catalog_;
};

}  // namespace antipode::admin

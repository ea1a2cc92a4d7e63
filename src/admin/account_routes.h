#pragma once

#include "admin/accounts.h"
#include "admin/admin_api.h"

namespace antipode::admin {

/// GET accounts; POST accounts {name, id?}; DELETE accounts/ID
class AccountRoutes final : public Routes {
  public:
    explicit AccountRoutes(Accounts& accounts) : accounts_(accounts) {}

    Task<Answer> handle(Call call) override;

  private:
    Task<Answer> list();
    Task<Answer> create(Call call);

    Accounts& accounts_;
};

/// GET keys; POST keys {account, access_key?, secret_key?}; DELETE keys/ID. Only the answer to POST
/// shows a secret.
class KeyRoutes final : public Routes {
  public:
    explicit KeyRoutes(Accounts& accounts) : accounts_(accounts) {}

    Task<Answer> handle(Call call) override;

  private:
    [[nodiscard]] boost::json::value list() const;
    Task<Answer> create(Call call);

    Accounts& accounts_;
};

}  // namespace antipode::admin

#pragma once

#include <cstdint>
#include <string>

#include "admin/admin_api.h"

namespace antipode::admin {

/// Which server this is.
struct ServerInfo {
    std::string region;
    std::string version;
    std::string engine;
    std::string root_account;
    std::int64_t started_ms = 0;
    std::vector<std::string> peers;  ///< Regions.
};

/// GET info
class InfoRoutes final : public Routes {
  public:
    explicit InfoRoutes(ServerInfo info) : info_(std::move(info)) {}

    Task<Answer> handle(Call call) override;

  private:
    ServerInfo info_;
};

}  // namespace antipode::admin

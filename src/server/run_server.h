#pragma once

#include <string>
#include <vector>

namespace antipode::server {

/// `antipode server`: serves until SIGTERM or SIGINT and gives the exit code. 0 = asked to stop and
/// did, 1 = could not start or not stop in time, 2 = was told something wrong.
int run_server(const std::vector<std::string>& arguments);

}  // namespace antipode::server

#pragma once

#include <string>
#include <vector>

namespace antipode::cli {

/// `antipode admin`: one command over the admin API. 0 = done, 1 = refused or not reached, 2 = told
/// something wrong.
int run_admin(const std::vector<std::string>& arguments);

}  // namespace antipode::cli

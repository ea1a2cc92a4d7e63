#pragma once

#include <string>
#include <vector>

namespace antipode::server {

/// `antipode edge`; `arguments` without the program's name and "edge". Returns the exit code.
int run_edge(const std::vector<std::string>& arguments);

}  // namespace antipode::server

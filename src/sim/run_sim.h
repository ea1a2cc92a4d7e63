#pragma once

#include <string>
#include <vector>

namespace antipode::sim {

/// `antipode sim --seed N --minutes M [--runs K]`: 0 when nothing wrong was seen.
int run_sim(const std::vector<std::string>& arguments);

}  // namespace antipode::sim

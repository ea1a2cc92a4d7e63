#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace antipode::codec {

/// The candidate that takes the fewest edits to become `word`; the first of equals. Candidates must
/// not be empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace antipode::codec

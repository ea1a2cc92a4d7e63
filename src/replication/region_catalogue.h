#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace antipode::replication {

/// A region of the service as its documentation knows it (oss "Regions and endpoints").
struct RegionFacts {
    std::string_view id;    ///< "cn-hangzhou"
    std::string_view name;  ///< "China (Hangzhou)"
    bool is_mainland = false;
};

const std::vector<RegionFacts>& all_regions();
std::optional<RegionFacts> find_region(std::string_view id);

/// True when the mainland border lies between them: then transfer acceleration is mandatory.
/// Regions that are not in the catalogue (an operator's own names) count as outside only if they do
/// not begin with "cn-".
bool crosses_border(std::string_view from, std::string_view to);

}  // namespace antipode::replication

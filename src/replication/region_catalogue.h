#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace antipode::replication {

/// Where rules with tags may lead from a region (oss-facts 6).
enum class TagRules : std::uint8_t {
    Nowhere,  ///< To no other region.
    Outside,  ///< To regions outside mainland China.
    Anywhere,
};

/// A region of the service as its documentation knows it ("Regions and endpoints").
struct RegionFacts {
    std::string id;    ///< "cn-hangzhou"
    std::string name;  ///< "China (Hangzhou)"
    bool is_mainland = false;
    bool has_zrs = false;
    TagRules tag_rules = TagRules::Nowhere;
    /// Where the restriction on tags is lifted (`modern`), this region still has none.
    bool never_tag_rules = false;
    bool has_rtc = true;
};

/// What may be replicated from where to where: data, which an operator may extend. Values; any
/// thread.
class RegionCatalogue {
  public:
    /// The regions of the documentation of 2021 to 2026.
    RegionCatalogue() : RegionCatalogue(false) {}

    /// `modern` lifts the restriction of rules with tags, as the service of today does.
    explicit RegionCatalogue(bool modern);

    /// Adds regions; one of a known id takes its place.
    void extend(std::vector<RegionFacts> regions);

    /// Regions that are not in the catalogue (an operator's own names) count as mainland if they
    /// begin with "cn-", have ZRS and RTC, and rules with tags only if `modern`.
    [[nodiscard]] RegionFacts find(std::string_view id) const;

    /// True when the border of mainland China lies between them: then transfer acceleration is
    /// mandatory; elsewhere it is not offered.
    [[nodiscard]] bool crosses_border(std::string_view from, std::string_view to) const;
    [[nodiscard]] bool allows_tag_rules(std::string_view from, std::string_view to) const;
    /// Within one side of the border, between regions that have it; not inside one region.
    [[nodiscard]] bool allows_rtc(std::string_view from, std::string_view to) const;

    [[nodiscard]] const std::vector<RegionFacts>& regions() const { return regions_; }

  private:
    std::vector<RegionFacts> regions_;
    bool modern_;
};

}  // namespace antipode::replication

#include "replication/region_catalogue.h"

#include <algorithm>
#include <array>

namespace antipode::replication {

namespace {

enum class Side : std::uint8_t { Mainland, Outside };

struct Row {
    std::string_view id;
    std::string_view name;
    Side side;
};

using enum Side;

constexpr auto kRows = std::to_array<Row>({
    {"cn-hangzhou", "China (Hangzhou)", Mainland},
    {"cn-shanghai", "China (Shanghai)", Mainland},
    {"cn-nanjing", "China (Nanjing - local)", Mainland},
    {"cn-fuzhou", "China (Fuzhou - local)", Mainland},
    {"cn-wuhan-lr", "China (Wuhan - local)", Mainland},
    {"cn-qingdao", "China (Qingdao)", Mainland},
    {"cn-beijing", "China (Beijing)", Mainland},
    {"cn-zhangjiakou", "China (Zhangjiakou)", Mainland},
    {"cn-huhehaote", "China (Hohhot)", Mainland},
    {"cn-wulanchabu", "China (Ulanqab)", Mainland},
    {"cn-shenzhen", "China (Shenzhen)", Mainland},
    {"cn-heyuan", "China (Heyuan)", Mainland},
    {"cn-guangzhou", "China (Guangzhou)", Mainland},
    {"cn-chengdu", "China (Chengdu)", Mainland},
    {"cn-zhongwei", "China (Zhongwei)", Mainland},
    {"cn-hongkong", "China (Hong Kong)", Outside},
    {"us-west-1", "US (Silicon Valley)", Outside},
    {"us-east-1", "US (Virginia)", Outside},
    {"na-south-1", "Mexico", Outside},
    {"ap-northeast-1", "Japan (Tokyo)", Outside},
    {"ap-northeast-2", "South Korea (Seoul)", Outside},
    {"ap-southeast-1", "Singapore", Outside},
    {"ap-southeast-2", "Australia (Sydney)", Outside},
    {"ap-southeast-3", "Malaysia (Kuala Lumpur)", Outside},
    {"ap-southeast-5", "Indonesia (Jakarta)", Outside},
    {"ap-southeast-6", "Philippines (Manila)", Outside},
    {"ap-southeast-7", "Thailand (Bangkok)", Outside},
    {"ap-south-1", "India (Mumbai)", Outside},
    {"eu-central-1", "Germany (Frankfurt)", Outside},
    {"eu-west-1", "UK (London)", Outside},
    {"me-east-1", "UAE (Dubai)", Outside},
    {"me-central-1", "Saudi Arabia (Riyadh)", Outside},
});

constexpr auto kZrs = std::to_array<std::string_view>(
    {"cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-shenzhen", "cn-hongkong", "ap-southeast-1"});
constexpr auto kNeverTagRules =
    std::to_array<std::string_view>({"cn-zhangjiakou", "cn-zhongwei", "na-south-1"});

template <std::size_t kCount>
bool contains(const std::array<std::string_view, kCount>& ids, std::string_view id) {
    return std::ranges::find(ids, id) != ids.end();
}

TagRules tag_rules_of(std::string_view id) {
    if (id == "cn-hangzhou") {
        return TagRules::Anywhere;
    }
    return id == "ap-southeast-2" ? TagRules::Outside : TagRules::Nowhere;
}

}  // namespace

RegionCatalogue::RegionCatalogue(bool modern) : modern_(modern) {
    for (const Row& row : kRows) {
        regions_.push_back({.id = std::string(row.id),
                            .name = std::string(row.name),
                            .is_mainland = row.side == Mainland,
                            .has_zrs = contains(kZrs, row.id),
                            .tag_rules = tag_rules_of(row.id),
                            .never_tag_rules = contains(kNeverTagRules, row.id),
                            .has_rtc = true});
    }
}

void RegionCatalogue::extend(std::vector<RegionFacts> regions) {
    for (RegionFacts& region : regions) {
        const auto found = std::ranges::find(regions_, region.id, &RegionFacts::id);
        if (found == regions_.end()) {
            regions_.push_back(std::move(region));
        } else {
            *found = std::move(region);
        }
    }
}

RegionFacts RegionCatalogue::find(std::string_view id) const {
    const auto found = std::ranges::find(regions_, id, &RegionFacts::id);
    if (found != regions_.end()) {
        return *found;
    }
    return {.id = std::string(id),
            .name = std::string(id),
            .is_mainland = id.starts_with("cn-"),
            .has_zrs = true,
            .tag_rules = TagRules::Nowhere,
            .never_tag_rules = false,
            .has_rtc = true};
}

bool RegionCatalogue::crosses_border(std::string_view from, std::string_view to) const {
    return find(from).is_mainland != find(to).is_mainland;
}

bool RegionCatalogue::allows_tag_rules(std::string_view from, std::string_view to) const {
    const RegionFacts source = find(from);
    const RegionFacts target = find(to);
    if (modern_) {
        return !source.never_tag_rules && !target.never_tag_rules;
    }
    if (from == to) {
        return false;
    }
    return source.tag_rules == TagRules::Anywhere ||
           (source.tag_rules == TagRules::Outside && !target.is_mainland);
}

bool RegionCatalogue::allows_rtc(std::string_view from, std::string_view to) const {
    return from != to && find(from).has_rtc && find(to).has_rtc && !crosses_border(from, to);
}

}  // namespace antipode::replication

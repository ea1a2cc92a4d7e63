#include "replication/region_catalogue.h"

#include <algorithm>

namespace antipode::replication {

const std::vector<RegionFacts>& all_regions() {
    static const std::vector<RegionFacts> regions{
        {.id = "cn-hangzhou", .name = "China (Hangzhou)", .is_mainland = true},
        {.id = "cn-shanghai", .name = "China (Shanghai)", .is_mainland = true},
        {.id = "cn-nanjing", .name = "China (Nanjing - local)", .is_mainland = true},
        {.id = "cn-fuzhou", .name = "China (Fuzhou - local)", .is_mainland = true},
        {.id = "cn-wuhan-lr", .name = "China (Wuhan - local)", .is_mainland = true},
        {.id = "cn-qingdao", .name = "China (Qingdao)", .is_mainland = true},
        {.id = "cn-beijing", .name = "China (Beijing)", .is_mainland = true},
        {.id = "cn-zhangjiakou", .name = "China (Zhangjiakou)", .is_mainland = true},
        {.id = "cn-huhehaote", .name = "China (Hohhot)", .is_mainland = true},
        {.id = "cn-wulanchabu", .name = "China (Ulanqab)", .is_mainland = true},
        {.id = "cn-shenzhen", .name = "China (Shenzhen)", .is_mainland = true},
        {.id = "cn-heyuan", .name = "China (Heyuan)", .is_mainland = true},
        {.id = "cn-guangzhou", .name = "China (Guangzhou)", .is_mainland = true},
        {.id = "cn-chengdu", .name = "China (Chengdu)", .is_mainland = true},
        {.id = "cn-hongkong", .name = "China (Hong Kong)", .is_mainland = false},
        {.id = "us-west-1", .name = "US (Silicon Valley)", .is_mainland = false},
        {.id = "us-east-1", .name = "US (Virginia)", .is_mainland = false},
        {.id = "na-south-1", .name = "Mexico", .is_mainland = false},
        {.id = "ap-northeast-1", .name = "Japan (Tokyo)", .is_mainland = false},
        {.id = "ap-northeast-2", .name = "South Korea (Seoul)", .is_mainland = false},
        {.id = "ap-southeast-1", .name = "Singapore", .is_mainland = false},
        {.id = "ap-southeast-2", .name = "Australia (Sydney)", .is_mainland = false},
        {.id = "ap-southeast-3", .name = "Malaysia (Kuala Lumpur)", .is_mainland = false},
        {.id = "ap-southeast-5", .name = "Indonesia (Jakarta)", .is_mainland = false},
        {.id = "ap-southeast-6", .name = "Philippines (Manila)", .is_mainland = false},
        {.id = "ap-southeast-7", .name = "Thailand (Bangkok)", .is_mainland = false},
        {.id = "ap-south-1", .name = "India (Mumbai)", .is_mainland = false},
        {.id = "eu-central-1", .name = "Germany (Frankfurt)", .is_mainland = false},
        {.id = "eu-west-1", .name = "UK (London)", .is_mainland = false},
        {.id = "me-east-1", .name = "UAE (Dubai)", .is_mainland = false},
        {.id = "me-central-1", .name = "Saudi Arabia (Riyadh)", .is_mainland = false},
    };
    return regions;
}

std::optional<RegionFacts> find_region(std::string_view id) {
    const auto& regions = all_regions();
    const auto found = std::ranges::find(regions, id, &RegionFacts::id);
    return found == regions.end() ? std::nullopt : std::optional(*found);
}

bool crosses_border(std::string_view from, std::string_view to) {
    const auto is_mainland = [](std::string_view id) {
        const auto facts = find_region(id);
        return facts ? facts->is_mainland : id.starts_with("cn-");
    };
    return is_mainland(from) != is_mainland(to);
}

}  // namespace antipode::replication

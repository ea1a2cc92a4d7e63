#include "sim/world.h"

#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace antipode::sim {

namespace {

constexpr std::size_t kViolationsMax = 50;
constexpr std::array<const char*, kRegionsMax> kNames{"cn-hangzhou", "cn-beijing", "cn-shanghai"};

}  // namespace

World::World(std::uint64_t seed, std::size_t region_count, EngineKind engine)
    : executor(seed), network(executor) {
    CHECK(region_count >= kRegionsMin && region_count <= kRegionsMax);
    const std::span names = std::span(kNames).first(region_count);
    for (const char* name : names) {
        std::vector<std::string> peers(names.begin(), names.end());
        std::erase(peers, name);
        regions.emplace_back(name, std::move(peers), threads, network, engine);
    }
}

void World::violation(std::string what) {
    if (violations.empty()) {
        first_violation = executor.now().time_since_epoch();
    }
    stops = stops || stops_at_violation;
    if (violations.size() < kViolationsMax) {
        const double seconds =
            std::chrono::duration<double>(executor.now().time_since_epoch()).count();
        violations.push_back(fmt::format("[{:.3f} s] {}", seconds, std::move(what)));
    }
}

}  // namespace antipode::sim

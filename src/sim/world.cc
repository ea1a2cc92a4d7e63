#include "sim/world.h"

#include <utility>

#include <fmt/format.h>

namespace antipode::sim {

namespace {

constexpr std::size_t kViolationsMax = 50;

}  // namespace

World::World(std::uint64_t seed)
    : executor(seed),
      network(executor),
      regions{Region("cn-hangzhou", {"cn-beijing"}, executor, network),
              Region("cn-beijing", {"cn-hangzhou"}, executor, network)} {}

void World::violation(std::string what) {
    if (violations.size() < kViolationsMax) {
        const double seconds =
            std::chrono::duration<double>(executor.now().time_since_epoch()).count();
        violations.push_back(fmt::format("[{:.3f} s] {}", seconds, std::move(what)));
    }
}

}  // namespace antipode::sim

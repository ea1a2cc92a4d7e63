#include "sim/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace antipode::sim {
namespace {

using namespace std::chrono_literals;

SimulationReport run(std::uint64_t seed, runtime::Duration load) {
    SimulationOptions options;
    options.seed = seed;
    options.load = load;
    return simulate(options);
}

TEST(Simulation, gives_the_same_trace_for_the_same_seed) {
    const SimulationReport first = run(7, 10s);
    const SimulationReport again = run(7, 10s);
    const SimulationReport other = run(8, 10s);

    EXPECT_EQ(first.trace_hash, again.trace_hash);
    EXPECT_EQ(first.counts, again.counts);
    EXPECT_NE(first.trace_hash, other.trace_hash);
}

TEST(Simulation, finds_nothing_wrong_among_three_regions_that_all_write) {
    SimulationOptions options;
    options.seed = 3;
    options.load = 15s;
    options.regions = 3;

    const SimulationReport report = simulate(options);

    EXPECT_THAT(report.violations, testing::IsEmpty());
    EXPECT_GT(report.counts.at("put version confirmed"), 50U);
}

TEST(Simulation, finds_nothing_wrong_in_some_seeds) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const SimulationReport report = run(seed, 30s);

        EXPECT_THAT(report.violations, testing::IsEmpty()) << "seed " << seed;
        EXPECT_GT(report.counts.at("put confirmed"), 50U);
        EXPECT_GT(report.counts.at("versioned versions in the end"), 50U);
    }
}

}  // namespace
}  // namespace antipode::sim

#include "sim/simulation.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mutant.h"

namespace antipode::sim {
namespace {

using namespace std::chrono_literals;

SimulationReport run(std::uint64_t seed, runtime::Duration load) {
    SimulationOptions options;
    options.seed = seed;
    options.load = load;
    options.has_long_line = seed == 1;
    return simulate(options);
}

TEST(Simulation, gives_the_same_trace_for_the_same_seed) {
    const SimulationReport first = run(7, 5s);
    const SimulationReport again = run(7, 5s);
    const SimulationReport other = run(8, 5s);

    EXPECT_EQ(first.trace_hash, again.trace_hash);
    EXPECT_EQ(first.counts, again.counts);
    EXPECT_NE(first.trace_hash, other.trace_hash);
}

SimulationReport run_zoned(std::uint64_t seed, runtime::Duration load) {
    SimulationOptions options;
    options.seed = seed;
    options.load = load;
    options.engine = EngineKind::Zoned;
    options.rule_makers = 1;
    options.has_long_line = false;
    return simulate(options);
}

TEST(Simulation, gives_the_same_trace_over_zones_too) {
    const SimulationReport first = run_zoned(7, 4s);
    const SimulationReport again = run_zoned(7, 4s);
    const SimulationReport other = run_zoned(8, 4s);

    EXPECT_EQ(first.trace_hash, again.trace_hash);
    EXPECT_EQ(first.counts, again.counts);
    EXPECT_NE(first.trace_hash, other.trace_hash);
}

TEST(Simulation, finds_nothing_wrong_among_regions_whose_zones_are_lost) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const SimulationReport report = run_zoned(seed, 15s);

        EXPECT_THAT(report.violations, testing::IsEmpty()) << "seed " << seed;
        EXPECT_GT(report.counts.at("objects read without a zone"), 100U);
    }
}

TEST(Simulation, finds_nothing_wrong_among_three_regions_that_all_write) {
    SimulationOptions options;
    options.seed = 3;
    options.load = 15s;
    options.regions = 3;
    options.has_long_line = false;

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

/// Any of some seeds may find it: which one does changes with every line of the code.
void expect_found(Mutant mutant) {
    constexpr std::uint64_t kSeeds = 6;
    plant(mutant);
    bool is_found = false;
    for (std::uint64_t seed = 1; seed <= kSeeds && !is_found; ++seed) {
        SimulationOptions options;
        options.seed = seed;
        options.load = 20s;
        options.has_long_line = false;
        options.stops_at_violation = true;
        is_found = !simulate(options).violations.empty();
    }
    plant(Mutant::None);
    EXPECT_TRUE(is_found) << mutants()[static_cast<std::size_t>(mutant) - 1].name;
}

TEST(Simulation, finds_bugs_that_were_planted) {
    ASSERT_FALSE(mutants().empty()) << "ANTIPODE_MUTANTS is on in the presets that build tests";
    for (const Mutant mutant : {Mutant::MarkerTravelsAsPurge,
                                Mutant::MarkerAgainPurges,
                                Mutant::QueueOverflowDrops,
                                Mutant::SquashByKey,
                                Mutant::UsageCountsTwice}) {
        expect_found(mutant);
    }
}

}  // namespace
}  // namespace antipode::sim

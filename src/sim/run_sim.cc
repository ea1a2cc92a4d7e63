#include "sim/run_sim.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/mutant.h"
#include "sim/simulation.h"

namespace antipode::sim {

namespace {

void show(const SimulationReport& report, const SimulationOptions& options) {
    fmt::print("seed {}: trace {:016x}, {:.0f} s simulated, {} violations\n",
               options.seed,
               report.trace_hash,
               std::chrono::duration<double>(report.simulated).count(),
               report.violations.size());
    for (const std::string& violation : report.violations) {
        fmt::print("  {}\n", violation);
    }
    if (!report.violations.empty()) {
        fmt::print("again: antipode sim --seed {} --regions {} --engine {} --minutes {}\n",
                   options.seed,
                   options.regions,
                   options.engine == EngineKind::Zoned ? "zoned" : "memory",
                   std::chrono::duration_cast<std::chrono::minutes>(options.load).count());
    }
    std::fflush(stdout);
}

int list_mutants() {
    for (const MutantInfo& one : mutants()) {
        fmt::print("{}\t{}\t{}\n", one.name, one.row, one.breaks);
    }
    return 0;
}

/// Whether only the engines over zones have it.
constexpr bool needs_zones(Mutant mutant) {
    return mutant >= Mutant::CommitAfterOneZone;
}

/// Looks from seed to seed until something is wrong.
int find_mutant(const std::string& name, SimulationOptions options, std::uint64_t runs) {
    const auto known = std::ranges::find(mutants(), name, &MutantInfo::name);
    if (known == mutants().end()) {
        fmt::print(stderr,
                   "{}\n",
                   mutants().empty() ? "this build has no mutants (CMake: ANTIPODE_MUTANTS)"
                                     : "there is no mutant '" + name + "'; --mutants lists them");
        return 2;
    }
    plant(known->mutant);
    if (needs_zones(known->mutant)) {
        options.engine = EngineKind::Zoned;
    }
    options.stops_at_violation = true;
    const std::uint64_t first = options.seed;
    for (std::uint64_t i = 0; i < runs; ++i, ++options.seed) {
        const SimulationReport report = simulate(options);
        if (!report.violations.empty()) {
            fmt::print("{}: found by seed {} of {} after {:.1f} s: {}\n",
                       name,
                       options.seed,
                       first,
                       std::chrono::duration<double>(report.first_violation).count(),
                       report.violations.front());
            return 0;
        }
    }
    fmt::print("{}: not found in {} seeds from {}\n", name, runs, first);
    return 1;
}

}  // namespace

int run_sim(const std::vector<std::string>& arguments) {
    CLI::App app(
        "Runs regions that replicate to each other in a simulation, under clients and faults, from "
        "one seed.");
    SimulationOptions options;
    std::uint64_t minutes = 2;
    std::uint64_t runs = 1;
    bool counts = false;
    bool is_listing = false;
    std::string mutant;
    std::string engine = "memory";
    app.add_option("--seed", options.seed, "the first seed");
    app.add_option("--regions", options.regions, "2, or 3 that all write; default 2")
        ->check(CLI::Range(2, 3));
    app.add_option("--engine", engine, "memory (quick), or zoned: three zones on simulated disks")
        ->check(CLI::IsMember({"memory", "zoned"}));
    app.add_option("--minutes", minutes, "simulated minutes under load and faults; default 2")
        ->check(CLI::Range(1, 10000));
    app.add_option("--runs", runs, "so many seeds, one after the other; default 1")
        ->check(CLI::PositiveNumber);
    app.add_flag("--counts", counts, "prints what was done");
    app.add_option("--mutant", mutant, "plants a bug, which must be found: 0 when it is");
    app.add_flag("--mutants", is_listing, "lists the bugs that can be planted");
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    options.load = std::chrono::minutes(minutes);
    options.engine = engine == "zoned" ? EngineKind::Zoned : EngineKind::Memory;
    if (is_listing) {
        return list_mutants();
    }
    if (!mutant.empty()) {
        return find_mutant(mutant, options, runs);
    }
    bool is_clean = true;
    for (std::uint64_t i = 0; i < runs; ++i, ++options.seed) {
        const SimulationReport report = simulate(options);
        show(report, options);
        is_clean = is_clean && report.violations.empty();
        if (counts) {
            for (const auto& [what, count] : report.counts) {
                fmt::print("  {:<32}{:>8}\n", what, count);
            }
        }
    }
    return is_clean ? 0 : 1;
}

}  // namespace antipode::sim

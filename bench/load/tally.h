#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "bench/load/histogram.h"
#include "bench/load/options.h"

namespace antipode::bench {

using Clock = std::chrono::steady_clock;

/// What happened to the requests of one verb.
struct VerbTally {
    Histogram latency;  ///< Of those that succeeded.
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;     ///< Of object bodies, sent or received.
    std::uint64_t verified = 0;  ///< Reads that were compared byte for byte (lists: key by key).
};

/// What one thread counts; merged at the end.
struct Tally {
    std::array<VerbTally, kVerbs> verbs{};
    std::map<std::string, std::uint64_t> failures;  ///< By what went wrong.
    std::uint64_t reconnects =
        0;  ///< Requests sent again because an idle connection had been closed.

    VerbTally& of(Verb verb) { return verbs.at(static_cast<std::size_t>(verb)); }

    [[nodiscard]] const VerbTally& of(Verb verb) const {
        return verbs.at(static_cast<std::size_t>(verb));
    }

    void merge(const Tally& other) {
        for (std::size_t at = 0; at < kVerbs; ++at) {
            VerbTally& mine = verbs.at(at);
            const VerbTally& theirs = other.verbs.at(at);
            mine.latency.merge(theirs.latency);
            mine.failed += theirs.failed;
            mine.bytes += theirs.bytes;
            mine.verified += theirs.verified;
        }
        for (const auto& [what, count] : other.failures) {
            failures[what] += count;
        }
        reconnects += other.reconnects;
    }
};

}  // namespace antipode::bench

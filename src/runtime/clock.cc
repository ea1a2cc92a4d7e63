#include "runtime/clock.h"

#include "runtime/sim_threads.h"

namespace antipode::runtime {

Instant steady_now() {
    const SimThreads* const simulated = SimThreads::ambient();
    return simulated != nullptr ? simulated->now() : std::chrono::steady_clock::now();
}

}  // namespace antipode::runtime

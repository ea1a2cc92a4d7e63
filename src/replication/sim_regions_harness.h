#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/sim_host.h"

/// For tests of this room only: the time and the network of its regions. All of it is simulated, so
/// nothing depends on how busy the machine is, and a seed gives the same run again.
namespace antipode::replication {

struct Simulation {
    explicit Simulation(std::uint64_t seed = 1) : executor(seed), network(executor) {}

    runtime::SimExecutor executor;
    runtime::SimNetwork network;
};

/// The machine of a region.
class Machine {
  public:
    Machine(std::string name, Simulation& simulation)
        : simulation_(simulation),
          host_(std::move(name), simulation.executor, simulation.network) {}

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(simulation_.executor, host_.executor(0), std::move(task));
    }

    void let_pass(runtime::Duration time) {
        simulation_.executor.post_after(time, [] {});  // Time stands still when nothing is due.
        simulation_.executor.run(time);
    }

    /// Looks every 2 ms until it holds, for 10 minutes at most.
    bool wait_until(const std::function<bool()>& holds) {
        for (int look = 0; look < 300'000; ++look) {
            if (holds()) {
                return true;
            }
            let_pass(std::chrono::milliseconds(2));
        }
        return false;
    }

    [[nodiscard]] const std::string& name() const { return host_.name(); }

    [[nodiscard]] runtime::SimHost& host() { return host_; }

  private:
    Simulation& simulation_;
    runtime::SimHost host_;
};

}  // namespace antipode::replication

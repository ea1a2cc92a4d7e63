#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/host.h"
#include "runtime/sim_executor.h"

namespace antipode::runtime {

/// One direction between two hosts.
struct SimLine {
    Duration delay = std::chrono::milliseconds(1);
    Duration
        jitter{};  ///< Up to so much more, drawn for each piece; order within a stream is kept.
    bool is_cut = false;  ///< Nothing arrives; what is under way does when it is whole again.
};

class SimHost;

/// The network of a simulation: hosts with names, lines between them that are slow, jitter, are cut
/// in one direction or both, and streams that break when a host is reset. One thread.
class SimNetwork {
  public:
    explicit SimNetwork(SimExecutor& executor);
    ~SimNetwork();
    SimNetwork(const SimNetwork&) = delete;
    SimNetwork& operator=(const SimNetwork&) = delete;

    void set_line(const std::string& from, const std::string& to, SimLine line);
    [[nodiscard]] SimLine line(const std::string& from, const std::string& to) const;
    /// Every stream and listener of the host ends, as when its process dies: here at once, at the
    /// other ends when the news has travelled.
    void reset_host(const std::string& name);

    struct State;

  private:
    friend class SimHost;
    std::shared_ptr<State> state_;
};

/// A machine of the simulator: an executor with a wall clock of its own, and a network whose
/// addresses are "host:port" with the names of hosts. TLS is not simulated.
class SimHost final : public Host {
  public:
    SimHost(std::string name, SimExecutor& executor, SimNetwork& network);
    ~SimHost() override;

    [[nodiscard]] std::size_t count() const override { return 1; }

    [[nodiscard]] Executor& executor(std::size_t index) override;
    [[nodiscard]] Network& network(std::size_t index) override;

    [[nodiscard]] const std::string& name() const { return name_; }

    /// This host's civil time jumps; nobody else's does.
    void jump_wall_clock(std::chrono::milliseconds by);

  private:
    class HostExecutor;
    class HostNetwork;

    std::string name_;
    std::unique_ptr<HostExecutor> executor_;
    std::unique_ptr<HostNetwork> network_;
};

}  // namespace antipode::runtime

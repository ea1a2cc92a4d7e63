#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <random>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/tally.h"

namespace antipode::bench {

/// What the threads of a run share.
struct Run {
    explicit Run(const Options& from) : options(from), next_key(from.first_key) {}

    const Options& options;
    Clock::time_point begin;     ///< The first request.
    Clock::time_point measured;  ///< Requests due before are not counted.
    Clock::time_point end;       ///< None is sent after.
    std::atomic<std::uint64_t> next_key;
    std::atomic<std::uint64_t> issued{0};
    std::atomic<std::int64_t> last_success_ns{0};
    std::atomic<std::int64_t> longest_gap_ns{
        0};  ///< The longest time without any request succeeding.
};

/// One thread with its own connections and its own epoll.
class Worker {
  public:
    Worker(Run& run, const Bodies& bodies, sockaddr_in address, std::uint32_t index);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Connects; before the clock starts.
    void open_connections();
    void work();

    [[nodiscard]] const Tally& tally() const { return tally_; }

  private:
    void issue(Clock::time_point now);
    void start(std::uint32_t tag, Clock::time_point due);
    std::optional<Job> next_job();
    void record(const Outcome& outcome, Clock::time_point now);
    void note_success(Clock::time_point now);
    void abandon_late(Clock::time_point now);
    [[nodiscard]] Clock::time_point next_due() const;

    Run& run_;
    std::uint32_t index_;
    Tally tally_;
    RequestWriter writer_;
    int epoll_;
    std::deque<Connection> connections_;
    std::vector<std::uint32_t> idle_;  ///< Tags of connections without a request.
    std::mt19937_64 random_;
    std::uint64_t started_ =
        0;  ///< Open loop: requests of this thread so far; says when the next is due.
    std::uint64_t reads_ = 0;
    bool exhausted_ = false;
    Clock::time_point checked_for_late_;
};

}  // namespace antipode::bench

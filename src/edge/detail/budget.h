#pragma once

#include <atomic>
#include <cstdint>

namespace antipode::edge {

/// How much memory all exchanges together hold. Threads: any.
class Budget {
  public:
    explicit Budget(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    Budget(const Budget&) = delete;
    Budget& operator=(const Budget&) = delete;

    [[nodiscard]] bool is_used_up() const { return used_ >= bytes_max_; }

    [[nodiscard]] std::uint64_t used() const { return used_; }

    void take(std::uint64_t bytes) { used_ += bytes; }

    void give_back(std::uint64_t bytes) { used_ -= bytes; }

  private:
    const std::uint64_t bytes_max_;
    std::atomic<std::uint64_t> used_ = 0;
};

}  // namespace antipode::edge

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "runtime/executor.h"

namespace antipode::protocol {

/// Request ids: 24 upper-case hex digits, as OSS has them; the first eight are the unix time in
/// seconds, the rest a counter, scattered. Unique within a process run; no chance is involved, so
/// that a simulation repeats. Threads: any.
class RequestIds {
  public:
    /// `salt` tells processes apart (e.g. the start time).
    explicit RequestIds(std::uint64_t salt = 0) : salt_(salt) {}

    [[nodiscard]] std::string next(runtime::WallTime now);

  private:
    std::uint64_t salt_;
    std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace antipode::protocol

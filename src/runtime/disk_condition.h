#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/executor.h"

namespace antipode::runtime {

class SimThreads;

/// What threads of disks wait for: std::condition_variable, or, when it was made in a simulation
/// with threads, the same there, where a wait takes simulated time. In a simulation waits belong on
/// its threads; its executor does not wait: what has patience finds its time to be up.
class DiskCondition {
  public:
    DiskCondition();
    ~DiskCondition();
    DiskCondition(const DiskCondition&) = delete;
    DiskCondition& operator=(const DiskCondition&) = delete;

    void notify_one();
    void notify_all();

    template <typename Predicate>
    void wait(std::unique_lock<std::mutex>& lock, Predicate predicate) {
        while (!predicate()) {
            wait_once(lock, std::nullopt);
        }
    }

    /// May return early.
    void wait_for(std::unique_lock<std::mutex>& lock, Duration patience) {
        wait_once(lock, now() + patience);
    }

    /// What `predicate` says in the end.
    template <typename Predicate>
    bool wait_for(std::unique_lock<std::mutex>& lock, Duration patience, Predicate predicate) {
        const Instant end = now() + patience;
        while (!predicate()) {
            if (!wait_once(lock, end)) {
                return predicate();
            }
        }
        return true;
    }

  private:
    struct Simulated;

    static Instant now();
    /// False when time is up.
    bool wait_once(std::unique_lock<std::mutex>& lock, std::optional<Instant> end);

    std::condition_variable real_;
    std::unique_ptr<Simulated> simulated_;
};

/// A mutex that may be held over calls to a disk, which take long, and time in a simulation.
class DiskMutex {
  public:
    void lock() {
        std::unique_lock inner(mutex_);
        released_.wait(inner, [this] { return !is_held_; });
        is_held_ = true;
    }

    void unlock() {
        {
            const std::scoped_lock inner(mutex_);
            is_held_ = false;
        }
        released_.notify_one();
    }

  private:
    std::mutex mutex_;
    DiskCondition released_;
    bool is_held_ = false;
};

/// One value from one thread to one that blocks until it is there. Shared by both.
template <typename T>
class Handover {
  public:
    void set(T value) {
        {
            const std::scoped_lock lock(mutex_);
            value_ = std::move(value);
        }
        there_.notify_all();
    }

    /// False when it is not there in time.
    bool wait_for(Duration patience) {
        std::unique_lock lock(mutex_);
        return there_.wait_for(lock, patience, [this] { return value_.has_value(); });
    }

    /// It must be there.
    T take() {
        const std::scoped_lock lock(mutex_);
        return std::move(value_.value());
    }

  private:
    std::mutex mutex_;
    DiskCondition there_;
    std::optional<T> value_;
};

}  // namespace antipode::runtime

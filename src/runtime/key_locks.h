#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/one_shot.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// Mutual exclusion by name for coroutines, first come first served. May be held across co_await:
/// nothing of a thread is tied to it. Threads: any.
class KeyLocks {
  public:
    class Held {
      public:
        Held() = default;

        Held(Held&& other) noexcept
            : locks_(std::exchange(other.locks_, nullptr)), key_(std::move(other.key_)) {}

        Held& operator=(Held&& other) noexcept {
            if (this != &other) {
                release();
                locks_ = std::exchange(other.locks_, nullptr);
                key_ = std::move(other.key_);
            }
            return *this;
        }

        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;

        ~Held() { release(); }

      private:
        friend class KeyLocks;

        Held(KeyLocks* locks, std::string key) : locks_(locks), key_(std::move(key)) {}

        void release() {
            if (locks_ != nullptr) {
                std::exchange(locks_, nullptr)->unlock(key_);
            }
        }

        KeyLocks* locks_ = nullptr;
        std::string key_;
    };

    /// The lock lives in the result; the KeyLocks must outlive it.
    Task<Held> lock(std::string key) {
        OneShot<bool> turn;
        bool is_free = false;
        {
            const std::scoped_lock guard(mutex_);
            auto [place, inserted] = waiting_.try_emplace(key);
            is_free = inserted;
            if (!is_free) {
                place->second.push_back(turn);
            }
        }
        if (!is_free) {
            co_await turn.wait();
        }
        co_return Held(this, std::move(key));
    }

  private:
    void unlock(const std::string& key) {
        const std::scoped_lock guard(mutex_);
        const auto place = waiting_.find(key);
        if (place->second.empty()) {
            waiting_.erase(place);
            return;
        }
        const OneShot<bool> next = std::move(place->second.front());
        place->second.pop_front();
        next.set(true);
    }

    std::mutex mutex_;
    /// Held keys and who waits for them.
    std::map<std::string, std::deque<OneShot<bool>>> waiting_;
};

}  // namespace antipode::runtime

#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.h"
#include "runtime/one_shot.h"

namespace antipode::index {

/// The same read asked of several zones, one after another: the first good answer counts.
template <typename T>
class ReadRace {
  public:
    enum class Event : std::uint8_t { Answered, Timer };

    /// One zone's part in it: answers when the read ends, and with an error when it is dropped
    /// unread.
    class Entry {
      public:
        explicit Entry(std::shared_ptr<ReadRace> race) : race_(std::move(race)) {}

        Entry(Entry&& other) noexcept = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        Entry& operator=(Entry&&) = delete;

        ~Entry() {
            if (race_) {
                race_->take(fail(ErrorCode::Unavailable, "the zone cannot be read"));
            }
        }

        void answer(Result<T> result) { std::exchange(race_, nullptr)->take(std::move(result)); }

      private:
        std::shared_ptr<ReadRace> race_;
    };

    /// What to wait for next: set by the next answer, or by whoever holds it (a timer).
    runtime::OneShot<Event> next_event() {
        const std::scoped_lock lock(mutex_);
        event_ = runtime::OneShot<Event>();
        if (has_news_) {
            event_.set(Event::Answered);
        }
        return event_;
    }

    /// The good answer, once. Otherwise counts the bad ones into `failed`.
    std::optional<Result<T>> look(std::size_t* failed) {
        const std::scoped_lock lock(mutex_);
        has_news_ = false;
        *failed = failed_;
        return std::exchange(good_, std::nullopt);
    }

    Error last_error() {
        const std::scoped_lock lock(mutex_);
        return error_;
    }

  private:
    void take(Result<T> result) {
        const std::scoped_lock lock(mutex_);
        has_news_ = true;
        if (result) {
            good_ = std::move(result);
        } else {
            ++failed_;
            error_ = std::move(result.error());
        }
        event_.set(Event::Answered);
    }

    std::mutex mutex_;
    runtime::OneShot<Event> event_;
    bool has_news_ = false;
    std::optional<Result<T>> good_;
    std::size_t failed_ = 0;
    Error error_;
};

}  // namespace antipode::index

#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "blob/blob_store.h"

namespace antipode::blob {

/// Blobs that a reader found damaged, waiting to be repaired in place. When it is full a note is
/// dropped: the next reader or the next scrub makes it again. Threads: any.
class HealNotes {
  public:
    static constexpr std::size_t kMax = 1024;

    struct Note {
        BlobRef ref;
        std::uint64_t changes = 0;  ///< BlobSpace::changes() when it was made.
    };

    void add(Note note) {
        const std::scoped_lock lock(mutex_);
        if (queue_.size() < kMax && known_.insert(note.ref.encoded()).second) {
            queue_.push_back(std::move(note));
        }
    }

    /// Whoever takes one says afterwards what became of it.
    std::optional<Note> take() {
        const std::scoped_lock lock(mutex_);
        if (queue_.empty()) {
            return std::nullopt;
        }
        Note note = std::move(queue_.front());
        queue_.pop_front();
        known_.erase(note.ref.encoded());
        ++taken_;
        return note;
    }

    void settle() {
        const std::scoped_lock lock(mutex_);
        --taken_;
    }

    void put_back(Note note) {
        add(std::move(note));
        settle();
    }

    /// Those that were taken and not settled, too.
    [[nodiscard]] std::size_t count() const {
        const std::scoped_lock lock(mutex_);
        return queue_.size() + taken_;
    }

  private:
    mutable std::mutex mutex_;
    std::deque<Note> queue_;
    std::size_t taken_ = 0;
    std::unordered_set<std::string> known_;
};

}  // namespace antipode::blob

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

    void add(const BlobRef& ref) {
        const std::scoped_lock lock(mutex_);
        if (queue_.size() < kMax && known_.insert(ref.encoded()).second) {
            queue_.push_back(ref);
        }
    }

    std::optional<BlobRef> take() {
        const std::scoped_lock lock(mutex_);
        if (queue_.empty()) {
            return std::nullopt;
        }
        BlobRef ref = std::move(queue_.front());
        queue_.pop_front();
        known_.erase(ref.encoded());
        return ref;
    }

    [[nodiscard]] std::size_t count() const {
        const std::scoped_lock lock(mutex_);
        return queue_.size();
    }

  private:
    mutable std::mutex mutex_;
    std::deque<BlobRef> queue_;
    std::unordered_set<std::string> known_;
};

}  // namespace antipode::blob

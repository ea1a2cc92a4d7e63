#include "edge/detail/arriving_body.h"

#include <chrono>
#include <utility>

#include "edge/wire.h"

namespace antipode::edge {

namespace {

/// Waiters look again after it; nothing depends on its length.
constexpr std::chrono::seconds kLookAgain{30};

}  // namespace

ArrivingBody::~ArrivingBody() {
    abort();
}

ArrivingBody::Place ArrivingBody::reserve(std::uint64_t number, std::uint64_t size) {
    const std::scoped_lock lock(mutex_);
    if (is_aborted_) {
        return Place::Unwanted;
    }
    const auto found = chunks_.find(number);
    if (number < next_ || (found != chunks_.end() && found->second.bytes)) {
        return Place::Taken;
    }
    if (found != chunks_.end()) {
        // The other connection may be dead without knowing it yet.
        ++found->second.bringing;
        return Place::Free;
    }
    if (number >= next_ + kAheadChunks + kReadyChunks) {
        return Place::TooFar;
    }
    if (number != next_ && budget_.is_used_up()) {
        return Place::Busy;
    }
    budget_.take(size);
    chunks_.emplace(number, Chunk{.reserved = size, .bringing = 1, .bytes = std::nullopt});
    return Place::Free;
}

void ArrivingBody::put(std::uint64_t number, bool is_last, Bytes bytes) {
    {
        const std::scoped_lock lock(mutex_);
        const auto found = chunks_.find(number);
        if (found == chunks_.end() || found->second.bytes) {
            return;  // Aborted, or another connection was faster.
        }
        found->second.bytes = std::move(bytes);
        if (is_last) {
            last_ = number;
        }
    }
    arrived_.raise();
}

void ArrivingBody::give_up(std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    const auto found = chunks_.find(number);
    if (found != chunks_.end() && --found->second.bringing == 0 && !found->second.bytes) {
        budget_.give_back(found->second.reserved);
        chunks_.erase(found);
    }
}

Task<void> ArrivingBody::wait_near(std::uint64_t number) {
    const std::uint64_t seen = read_.count();
    {
        const std::scoped_lock lock(mutex_);
        // Where the reader itself waits for a chunk, the line is slow and not the reader.
        const auto first = chunks_.find(next_);
        const bool has_next = first != chunks_.end() && first->second.bytes;
        if (is_aborted_ || number < next_ + kReadyChunks || !has_next) {
            co_return;
        }
    }
    co_await read_.wait_beyond(seen, kAnswerPatience);
}

Task<Result<Bytes>> ArrivingBody::next() {
    while (true) {
        const std::uint64_t seen = arrived_.count();
        Bytes bytes;
        bool has_read = false;
        {
            const std::scoped_lock lock(mutex_);
            if (is_aborted_) {
                co_return fail(ErrorCode::Closed, "the client or its edge ended the request");
            }
            if (last_ && next_ > *last_) {
                co_return Bytes{};
            }
            const auto found = chunks_.find(next_);
            if (found != chunks_.end() && found->second.bytes) {
                bytes = std::move(*found->second.bytes);
                budget_.give_back(found->second.reserved);
                chunks_.erase(found);
                ++next_;
                has_read = true;
            }
        }
        if (has_read) {
            read_.raise();
            if (!bytes.empty()) {
                co_return bytes;
            }
            continue;  // A last chunk may be empty.
        }
        co_await arrived_.wait_beyond(seen, kLookAgain);
    }
}

void ArrivingBody::abort() {
    {
        const std::scoped_lock lock(mutex_);
        is_aborted_ = true;
        for (const auto& [number, chunk] : chunks_) {
            budget_.give_back(chunk.reserved);
        }
        chunks_.clear();
    }
    arrived_.raise();
    read_.raise();
}

}  // namespace antipode::edge

#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/byte_source.h"
#include "runtime/executor.h"
#include "runtime/sleep.h"

namespace antipode::protocol {

/// Lets so many bytes a second through, in pieces small enough to look like a slower line.
class PacedBody final : public ByteSource {
  public:
    /// `bytes_per_second` is at least 1.
    PacedBody(std::unique_ptr<ByteSource> inner, std::uint64_t bytes_per_second)
        : inner_(std::move(inner)), bytes_per_second_(bytes_per_second) {}

    Task<Result<Bytes>> next() override {
        if (position_ == chunk_.size()) {
            CO_TRY(chunk_, co_await inner_->next());
            position_ = 0;
        }
        const std::size_t size = std::min<std::size_t>(chunk_.size() - position_, piece_bytes());
        runtime::Executor& executor = runtime::Executor::current();
        // Time that the sources and the sender took counts, time before that is not saved up.
        due_ = std::max(due_, executor.now());
        co_await runtime::sleep_for(due_ - executor.now());
        due_ += std::chrono::nanoseconds(size * 1'000'000'000 / bytes_per_second_);
        Bytes piece = to_bytes(ByteView(chunk_).subspan(position_, size));
        position_ += size;
        co_return piece;
    }

  private:
    [[nodiscard]] std::size_t piece_bytes() const {
        return std::clamp<std::uint64_t>(bytes_per_second_ / 8, 1, kChunkBytesMax);
    }

    std::unique_ptr<ByteSource> inner_;
    std::uint64_t bytes_per_second_;
    Bytes chunk_;
    std::size_t position_ = 0;
    runtime::Instant due_{};  ///< Of the next piece.
};

}  // namespace antipode::protocol

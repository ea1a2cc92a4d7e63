#pragma once

#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// A body on its way: pulled chunk by chunk, so that a slow end costs one chunk of memory.
class ByteSource {
  public:
    /// No chunk is larger.
    static constexpr std::size_t kChunkBytesMax = 1024 * 1024;

    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    /// The next chunk; empty = the end, after which it is not called again. After an error neither.
    virtual Task<Result<Bytes>> next() = 0;
};

/// One chunk that is already in memory.
class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(Bytes bytes) : bytes_(std::move(bytes)) {}

    Task<Result<Bytes>> next() override {
        if (position_ >= bytes_.size()) {
            co_return Bytes{};
        }
        const std::size_t size = std::min(kChunkBytesMax, bytes_.size() - position_);
        const ByteView piece = ByteView(bytes_).subspan(position_, size);
        position_ += size;
        if (size == bytes_.size()) {
            co_return std::move(bytes_);
        }
        co_return to_bytes(piece);
    }

  private:
    Bytes bytes_;
    std::size_t position_ = 0;
};

}  // namespace antipode::runtime

namespace antipode {
using runtime::ByteSource;
}  // namespace antipode

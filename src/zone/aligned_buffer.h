#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace antipode::zone {

/// Offsets, sizes and addresses of direct I/O are multiples of it.
inline constexpr std::size_t kBlockBytes = 4096;

[[nodiscard]] constexpr std::uint64_t round_down_to_block(std::uint64_t value) {
    return value & ~(kBlockBytes - 1U);
}

[[nodiscard]] constexpr std::uint64_t round_up_to_block(std::uint64_t value) {
    return round_down_to_block(value + kBlockBytes - 1);
}

class BufferPool;

/// Memory for direct I/O. Goes back to its pool (which must outlive it, hence shared) when
/// destroyed. Content is whatever was there before.
class AlignedBuffer {
  public:
    AlignedBuffer() = default;

    AlignedBuffer(AlignedBuffer&& other) noexcept
        : pool_(std::move(other.pool_)),
          data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}

    AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
    AlignedBuffer(const AlignedBuffer&) = delete;
    AlignedBuffer& operator=(const AlignedBuffer&) = delete;

    ~AlignedBuffer() { give_back(); }

    [[nodiscard]] std::byte* data() { return data_; }

    /// At least what was asked for, a multiple of kBlockBytes.
    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] MutableByteView bytes() { return {data_, size_}; }

    [[nodiscard]] ByteView view() const { return {data_, size_}; }

  private:
    friend BufferPool;

    AlignedBuffer(std::shared_ptr<BufferPool> pool, std::byte* data, std::size_t size)
        : pool_(std::move(pool)), data_(data), size_(size) {}

    void give_back();

    std::shared_ptr<BufferPool> pool_;
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Keeps freed buffers for the next user (the first touch of fresh memory is dear), at most
/// `kept_bytes_max` of them. Sizes are powers of two from 4 KiB. Any thread.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
  public:
    static std::shared_ptr<BufferPool> make(std::size_t kept_bytes_max);
    ~BufferPool();
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;

    [[nodiscard]] AlignedBuffer take(std::size_t size_min);
    [[nodiscard]] std::size_t kept_bytes() const;

  private:
    friend AlignedBuffer;

    explicit BufferPool(std::size_t kept_bytes_max) : kept_bytes_max_(kept_bytes_max) {}

    void give_back(std::byte* data, std::size_t size);

    static constexpr std::size_t kClasses = 48;

    const std::size_t kept_bytes_max_;
    mutable std::mutex mutex_;
    std::size_t kept_bytes_ = 0;
    std::array<std::vector<std::byte*>, kClasses> kept_;
};

}  // namespace antipode::zone

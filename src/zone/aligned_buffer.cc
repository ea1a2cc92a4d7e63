#include "zone/aligned_buffer.h"

#include <algorithm>
#include <bit>
#include <new>

namespace antipode::zone {

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
    if (this != &other) {
        give_back();
        pool_ = std::move(other.pool_);
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

void AlignedBuffer::give_back() {
    if (data_ != nullptr) {
        pool_->give_back(std::exchange(data_, nullptr), std::exchange(size_, 0));
        pool_.reset();
    }
}

std::shared_ptr<BufferPool> BufferPool::make(std::size_t kept_bytes_max) {
    return std::shared_ptr<BufferPool>(new BufferPool(kept_bytes_max));
}

BufferPool::~BufferPool() {
    for (const std::vector<std::byte*>& same_size : kept_) {
        for (std::byte* data : same_size) {
            ::operator delete(data, std::align_val_t(kBlockBytes));
        }
    }
}

AlignedBuffer BufferPool::take(std::size_t size_min) {
    const std::size_t size = std::bit_ceil(std::max(size_min, kBlockBytes));
    std::vector<std::byte*>& same_size = kept_[static_cast<std::size_t>(std::countr_zero(size))];
    {
        const std::scoped_lock lock(mutex_);
        if (!same_size.empty()) {
            std::byte* data = same_size.back();
            same_size.pop_back();
            kept_bytes_ -= size;
            return {shared_from_this(), data, size};
        }
    }
    auto* data = static_cast<std::byte*>(::operator new(size, std::align_val_t(kBlockBytes)));
    return {shared_from_this(), data, size};
}

void BufferPool::give_back(std::byte* data, std::size_t size) {
    {
        const std::scoped_lock lock(mutex_);
        if (kept_bytes_ + size <= kept_bytes_max_) {
            kept_[static_cast<std::size_t>(std::countr_zero(size))].push_back(data);
            kept_bytes_ += size;
            return;
        }
    }
    ::operator delete(data, std::align_val_t(kBlockBytes));
}

std::size_t BufferPool::kept_bytes() const {
    const std::scoped_lock lock(mutex_);
    return kept_bytes_;
}

}  // namespace antipode::zone

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace antipode::http {

/// Bytes that have come from a connection and have not been used yet. Its memory is kept while the
/// connection lives.
class InputBuffer {
  public:
    explicit InputBuffer(std::size_t capacity) : storage_(capacity) {}

    [[nodiscard]] ByteView view() const {
        return ByteView(storage_).subspan(begin_, end_ - begin_);
    }

    [[nodiscard]] std::string_view text() const { return as_text(view()); }

    [[nodiscard]] std::size_t size() const { return end_ - begin_; }

    [[nodiscard]] bool empty() const { return begin_ == end_; }

    void consume(std::size_t count) {
        DCHECK(count <= size());
        begin_ += count;
        if (begin_ == end_) {
            begin_ = end_ = 0;
        }
    }

    /// Free space behind what is there; at least one byte, after making room for `capacity` bytes
    /// in all.
    MutableByteView prepare(std::size_t capacity) {
        if (begin_ > 0 && end_ == storage_.size()) {
            std::memmove(storage_.data(), storage_.data() + begin_, size());
            end_ -= begin_;
            begin_ = 0;
        }
        if (end_ == storage_.size() || storage_.size() < capacity) {
            storage_.resize(std::max(capacity, 2 * end_));
        }
        return MutableByteView(storage_).subspan(end_);
    }

    void commit(std::size_t count) {
        DCHECK(end_ + count <= storage_.size());
        end_ += count;
    }

    /// Gives memory beyond `capacity` back when nothing is in the buffer.
    void shrink(std::size_t capacity) {
        if (empty() && storage_.size() > capacity) {
            storage_ = Bytes(capacity);
        }
    }

  private:
    Bytes storage_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace antipode::http

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "runtime/byte_source.h"

namespace antipode::runtime {

/// For tests: a body that comes in pieces of a chosen size, wherever that cuts it.
class PiecesSource final : public ByteSource {
  public:
    PiecesSource(std::string text, std::size_t piece_bytes)
        : text_(std::move(text)), piece_bytes_(piece_bytes) {}

    Task<Result<Bytes>> next() override {
        const std::string piece = text_.substr(std::min(position_, text_.size()), piece_bytes_);
        position_ += piece.size();
        co_return to_bytes(piece);
    }

  private:
    std::string text_;
    std::size_t piece_bytes_;
    std::size_t position_ = 0;
};

}  // namespace antipode::runtime

#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/byte_source.h"

namespace antipode::protocol {

/// Ends with EntityTooLarge behind the most bytes that a policy or a dialect permits, so that no
/// more than those are ever written.
class LimitedBody final : public ByteSource {
  public:
    LimitedBody(std::unique_ptr<ByteSource> inner, std::uint64_t bytes_max)
        : inner_(std::move(inner)), left_(bytes_max) {}

    Task<Result<Bytes>> next() override {
        CO_TRY(Bytes chunk, co_await inner_->next());
        if (chunk.size() > left_) {
            co_return fail(ErrorCode::EntityTooLarge);
        }
        left_ -= chunk.size();
        co_return chunk;
    }

  private:
    std::unique_ptr<ByteSource> inner_;
    std::uint64_t left_;
};

}  // namespace antipode::protocol

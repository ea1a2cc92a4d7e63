#pragma once

#include <memory>

#include "http/message.h"
#include "runtime/byte_source.h"

namespace antipode::protocol {

/// The request's body to hand downwards, while the request keeps what it has: the server drains the
/// rest of a body that nobody read. Valid as long as the request is. Null when the request has no
/// body.
class BorrowedBody final : public ByteSource {
  public:
    explicit BorrowedBody(ByteSource& inner) : inner_(inner) {}

    Task<Result<Bytes>> next() override { return inner_.next(); }

  private:
    ByteSource& inner_;
};

inline std::unique_ptr<ByteSource> borrow_body(http::Request& request) {
    return request.body == nullptr ? nullptr : std::make_unique<BorrowedBody>(*request.body);
}

}  // namespace antipode::protocol

#pragma once

#include "http/message.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// 501 for a header that asks for something not built and whose loss would change what is stored,
/// deleted or returned (encryption, locks, grants, ...). Headers that only hint are let through.
[[nodiscard]] S3Result<void> refuse_unsupported_headers(const http::Request& request);

}  // namespace antipode::s3

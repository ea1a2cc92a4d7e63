#pragma once

#include <string_view>

#include "http/message.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// 501 for a header that asks for something not built and whose loss would change what is stored,
/// deleted or returned (keys of customers, locks, grants, ...). Headers that only hint are let
/// through.
[[nodiscard]] S3Result<void> refuse_unsupported_headers(std::string_view method,
                                                        const http::Headers& headers);

}  // namespace antipode::s3

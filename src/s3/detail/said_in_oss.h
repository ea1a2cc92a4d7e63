#pragma once

#include <string_view>

#include <fmt/format.h>

#include "s3/detail/errors.h"

namespace antipode::s3 {

/// A rule that was made with OSS and says what S3 has no words for: it is not shown by halves.
inline std::unexpected<S3Error> refuse_said_in_oss(std::string_view rule_id,
                                                   std::string_view words) {
    return refuse(words::kInvalidRequest,
                  fmt::format("The rule '{}' was made with OSS and says {}, which S3 cannot "
                              "express; read it with OSS.",
                              rule_id,
                              words));
}

}  // namespace antipode::s3

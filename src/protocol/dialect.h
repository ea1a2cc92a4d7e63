#pragma once

#include <cstdint>

#include "codec/uri.h"
#include "http/message.h"
#include "model/object_version.h"

namespace antipode::protocol {

enum class Dialect : std::uint8_t { Oss, S3 };

/// The signature decides; without one, headers or parameters that only one dialect has; else
/// `fallback`.
[[nodiscard]] Dialect detect_dialect(const http::Headers& headers,
                                     const codec::Query& query,
                                     Dialect fallback);

/// The same for an upload by form, which is signed in its fields.
[[nodiscard]] Dialect detect_form_dialect(const NamedValues& fields, Dialect fallback);

}  // namespace antipode::protocol

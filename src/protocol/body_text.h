#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "protocol/limits.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

namespace antipode::protocol {

/// The whole of a small body. Null = empty. EntityTooLarge beyond `bytes_max`; the source's own
/// errors.
Task<Result<std::string>> read_text(ByteSource* source, std::size_t bytes_max = kXmlBodyBytesMax);

/// A Content-MD5 header value as 16 raw bytes; InvalidDigest when it is not base64 of 16 bytes.
[[nodiscard]] Result<std::string> parse_content_md5(std::string_view value);

/// Whether `text` has the MD5 that the header value says; an empty value says nothing.
/// InvalidDigest otherwise.
[[nodiscard]] Result<void> check_content_md5(std::string_view value, std::string_view text);

}  // namespace antipode::protocol

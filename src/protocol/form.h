#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "model/object_version.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

namespace antipode::protocol {

/// The form of a browser's upload (multipart/form-data, RFC 7578) up to the first byte of its file.
/// What comes after the file is not read.
struct Form {
    NamedValues fields;     ///< In the order sent, names as sent; all before `file`.
    std::string file_name;  ///< As the browser gave it; "" when it gave none.
    std::string file_type;  ///< The file part's own Content-Type, or "".
    std::unique_ptr<ByteSource>
        file;  ///< Ends at the boundary. IncompleteBody when that never comes.

    /// Compared without case, the first one; null when absent.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    [[nodiscard]] std::string_view get(std::string_view name) const;
};

/// The boundary of "multipart/form-data; boundary=...", or null when the request is no such form.
[[nodiscard]] std::optional<std::string> form_boundary(const http::Request& request);

inline constexpr std::size_t kFormFieldsBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kFormFieldsMax = 200;

/// Reads all fields before the file. InvalidRequest for a form that is malformed, MissingArgument
/// for one without a file, EntityTooLarge beyond the limits above.
Task<Result<Form>> read_form(std::unique_ptr<ByteSource> body, std::string boundary);

}  // namespace antipode::protocol

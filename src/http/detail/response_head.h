#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/message.h"
#include "runtime/executor.h"

namespace antipode::http {

/// How the end of a response's body is told.
enum class Framing : std::uint8_t {
    None,     ///< No body and no length either: 204, or 304 without an announced size.
    Length,   ///< Content-Length.
    Chunked,  ///< HTTP/1.1, size unknown.
    Close,    ///< HTTP/1.0, size unknown: the end of the connection.
};

struct ResponsePlan {
    Framing framing = Framing::Length;
    std::uint64_t length = 0;
    bool sends_body = true;  ///< False for HEAD, 204 and 304.
};

ResponsePlan plan_response(const Response& response, std::string_view method, bool is_http_11);

struct ConnectionNote {
    bool keep_alive = true;
    bool is_http_11 = true;
};

/// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", made once a second. Not thread-safe: one for each
/// thread.
class DateLine {
  public:
    std::string_view at(runtime::WallTime now);

  private:
    std::optional<std::chrono::sys_seconds> second_;
    std::string line_;
};

/// Appends status line, fields and the empty line to `out`. Fields that are the server's own work
/// are left out of `response.headers`; a line end within a value becomes a space, so that no value
/// can add a field.
void write_response_head(std::string& out,
                         const Response& response,
                         const ResponsePlan& plan,
                         ConnectionNote note,
                         std::string_view date);

}  // namespace antipode::http

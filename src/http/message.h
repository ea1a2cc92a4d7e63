#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

namespace antipode::http {

/// ASCII only, as header names, methods and tokens are.
bool equal_ignoring_case(std::string_view left, std::string_view right);

/// "Not Found" for 404; "Status" for a code that has no name here.
std::string_view reason_phrase(int status);

/// Header fields in the order of arrival; names compare without case. A repeated field is kept
/// repeated.
class Headers {
  public:
    /// The first value, or null.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    /// The first value, or "".
    [[nodiscard]] std::string_view get(std::string_view name) const;

    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

    void add(std::string name, std::string value);
    /// Replaces all fields of that name.
    void set(std::string_view name, std::string value);
    void remove(std::string_view name);

    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
        return fields_;
    }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request whose body has not been read yet.
struct Request {
    std::string method;  ///< As sent: "GET".
    std::string target;  ///< Raw request target as sent: "/bucket/key%20x?acl".
    Headers headers;
    std::optional<std::uint64_t>
        content_length;  ///< Absent with chunked transfer coding and without a body.
    bool is_chunked = false;
    std::string peer_address;
    bool is_tls = false;
    /// The name in the certificate that the client has shown; empty where none was demanded.
    std::string certified_name;
    /// The body (empty source when there is none). "100 Continue" is sent at its first next().
    /// Errors: IncompleteBody, Timeout, Closed; of a chunked body also InvalidRequest and
    /// EntityTooLarge. Whatever the handler leaves unread is drained up to a limit, else the
    /// connection is closed.
    std::unique_ptr<ByteSource> body;
};

struct Response {
    int status = 200;
    Headers headers;   ///< Content-Length, Transfer-Encoding, Date and Connection are the server's
                       ///< own work.
    std::string text;  ///< The body, unless `stream` is set.
    /// A body that is produced while it is sent; with `stream_size` it has a Content-Length, else
    /// it is chunked. An error of the stream cuts the connection, so that the client sees a broken
    /// answer and never a short one.
    std::unique_ptr<ByteSource> stream;
    std::optional<std::uint64_t> stream_size;
    /// For HEAD and 304: the Content-Length to announce though no body follows.
    std::optional<std::uint64_t> announced_size;
};

/// Answers requests; one call per request, many at the same time on several executors.
class Handler {
  public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    /// `request` lives until the response has been sent.
    virtual Task<Response> handle(Request& request) = 0;
};

}  // namespace antipode::http

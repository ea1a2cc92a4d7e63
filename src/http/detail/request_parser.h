#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "http/detail/input_buffer.h"
#include "http/message.h"

namespace antipode::http {

/// What the head says about the connection and the body.
struct RequestFacts {
    bool is_http_11 = true;
    bool keep_alive = false;
    bool expects_continue = false;
};

/// Where the head ends in `text` (the place behind its empty line); npos when it is not complete.
/// `from`: what was searched before in vain.
std::size_t find_head_end(std::string_view text, std::size_t from);

/// Beast's parser with our stricter rules: nothing that two servers might read in two ways gets
/// through (RFC 9112 sections 6.3 and 11.2). One for each connection, used for one request after
/// the other.
class RequestParser {
  public:
    RequestParser();
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Reads one whole head into `request` and `facts`. Returns the status to refuse it with, or 0.
    int parse_head(std::string_view head, Request& request, RequestFacts& facts);

    /// Decodes a chunked body from `input` and appends to `into`, which grows to at most
    /// `size_max`. True at the end of the body; false when `into` is full or more input is needed.
    /// InvalidRequest when it is malformed.
    Result<bool> decode_chunked(InputBuffer& input, Bytes& into, std::size_t size_max);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace antipode::http

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/client.h"
#include "http/detail/input_buffer.h"

namespace antipode::http {

/// Reads one response into a ClientResponse. Beast's parser behind it.
class ResponseParser {
  public:
    struct Options {
        bool answers_head = false;  ///< A body is announced and does not come.
        std::uint64_t text_bytes_max = 0;
    };

    /// `response` outlives the parser.
    ResponseParser(ClientResponse& response, Options options);
    ~ResponseParser();
    ResponseParser(const ResponseParser&) = delete;
    ResponseParser& operator=(const ResponseParser&) = delete;

    /// Uses what is in `input`; true when the response is whole. Interim responses (1xx) are
    /// skipped. Errors: InvalidRequest when it is malformed, EntityTooLarge.
    Result<bool> put(InputBuffer& input);
    /// The connection has ended: true when that is how the response ends.
    Result<void> put_end();
    /// Whether another request may follow. Only once the response is whole.
    [[nodiscard]] bool keep_alive() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace antipode::http

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace antipode::bench {

/// Reads one HTTP/1.1 response at a time from the pieces that a socket gives. It trusts the server
/// under test as far as a client must: anything it cannot read makes the response broken.
class Response {
  public:
    /// For the next response on the connection. to_head: it answers a HEAD request and has no body.
    void start(bool to_head);

    /// Takes one piece. Body bytes go to `on_body(std::string_view)`. Bytes after the end of the
    /// response break it.
    template <typename OnBody>
    void take(std::string_view piece, OnBody&& on_body) {
        while (!piece.empty() && state_ != State::Broken) {
            if (state_ == State::Done) {
                state_ = State::Broken;
            } else if (state_ == State::Body || state_ == State::ChunkData ||
                       state_ == State::ToClose) {
                const std::string_view part = piece.substr(
                    0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, piece.size())));
                on_body(part);
                piece.remove_prefix(part.size());
                body_taken(part.size());
            } else {
                piece.remove_prefix(take_line_bytes(piece));
            }
        }
    }

    /// Body bytes that may be skipped unread because their count is known; 0 if there are none.
    [[nodiscard]] std::uint64_t skippable() const { return state_ == State::Body ? remaining_ : 0; }

    void skipped(std::uint64_t bytes) { body_taken(bytes); }

    /// The connection was closed: ends a body of unknown length.
    void closed();

    [[nodiscard]] bool done() const { return state_ == State::Done; }

    [[nodiscard]] bool broken() const { return state_ == State::Broken; }

    [[nodiscard]] bool begun() const { return begun_; }

    [[nodiscard]] bool head_read() const {
        return state_ != State::Head && state_ != State::Broken;
    }

    [[nodiscard]] int status() const { return status_; }

    /// Content-Length where it was given, else the body bytes seen so far.
    [[nodiscard]] std::uint64_t length() const {
        return known_length_ ? content_length_ : body_bytes_;
    }

    /// Body bytes taken so far.
    [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }

    [[nodiscard]] bool keeps_connection() const { return keep_; }

  private:
    enum class State : std::uint8_t {
        Head,
        Body,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,
        ToClose,
        Done,
        Broken
    };

    std::size_t take_line_bytes(std::string_view piece);
    void head_complete();
    void header(std::string_view name, std::string_view value);
    void line_complete();
    void body_taken(std::uint64_t bytes);

    State state_ = State::Done;
    std::string text_;  ///< The head, or a line of the chunked framing, as far as it has come.
    std::uint64_t content_length_ = 0;
    std::uint64_t remaining_ = 0;
    std::uint64_t body_bytes_ = 0;
    int status_ = 0;
    bool to_head_ = false;
    bool begun_ = false;
    bool known_length_ = false;
    bool chunked_ = false;
    bool keep_ = true;
};

}  // namespace antipode::bench

#include "bench/load/response.h"

#include <charconv>
#include <limits>

namespace antipode::bench {

namespace {

constexpr std::size_t kHeadBytesMax = 64 * 1024;

bool same_word(std::string_view left, std::string_view lower_right) {
    return std::ranges::equal(
        left, lower_right, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool parse_number(std::string_view text, std::uint64_t& out, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return error == std::errc() && end != text.data();
}

}  // namespace

void Response::start(bool to_head) {
    text_.clear();
    state_ = State::Head;
    content_length_ = remaining_ = body_bytes_ = 0;
    status_ = 0;
    to_head_ = to_head;
    begun_ = known_length_ = chunked_ = false;
    keep_ = true;
}

std::size_t Response::take_line_bytes(std::string_view piece) {
    begun_ = true;
    const std::string_view end_mark = state_ == State::Head ? "\r\n\r\n" : "\r\n";
    const std::size_t before = text_.size();
    // The mark may lie across two pieces, so look from just before the new bytes.
    text_ += piece;
    const std::size_t from = before < end_mark.size() ? 0 : before - end_mark.size() + 1;
    const std::size_t end = text_.find(end_mark, from);
    if (end == std::string::npos) {
        if (text_.size() > kHeadBytesMax) {
            state_ = State::Broken;
        }
        return piece.size();
    }
    const std::size_t used = end + end_mark.size() - before;
    text_.resize(end);
    state_ == State::Head ? head_complete() : line_complete();
    text_.clear();
    return used;
}

void Response::head_complete() {
    std::string_view head = text_;
    std::uint64_t status = 0;
    if (!head.starts_with("HTTP/1.") || head.size() < 12 ||
        !parse_number(head.substr(9, 3), status, 10)) {
        state_ = State::Broken;
        return;
    }
    status_ = static_cast<int>(status);
    if (status_ == 100) {
        return;  // The final response follows.
    }
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;) {
        head.remove_prefix(line + 2);
        line = head.find("\r\n");
        const std::string_view field = head.substr(0, line);
        if (const std::size_t colon = field.find(':'); colon != std::string_view::npos) {
            std::string_view value = field.substr(colon + 1);
            value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
            header(field.substr(0, colon), value);
        }
    }
    if (to_head_ || status_ == 204 || status_ == 304) {
        state_ = State::Done;
    } else if (chunked_) {
        state_ = State::ChunkSize;
    } else if (known_length_) {
        remaining_ = content_length_;
        state_ = remaining_ == 0 ? State::Done : State::Body;
    } else {
        remaining_ = std::numeric_limits<std::uint64_t>::max();
        keep_ = false;
        state_ = State::ToClose;
    }
}

void Response::header(std::string_view name, std::string_view value) {
    if (same_word(name, "content-length")) {
        known_length_ = parse_number(value, content_length_, 10);
    } else if (same_word(name, "transfer-encoding")) {
        chunked_ = same_word(value, "chunked");
    } else if (same_word(name, "connection") && same_word(value, "close")) {
        keep_ = false;
    }
}

void Response::line_complete() {
    if (state_ == State::ChunkSize) {
        if (!parse_number(text_, remaining_, 16)) {
            state_ = State::Broken;
        } else {
            state_ = remaining_ == 0 ? State::Trailer : State::ChunkData;
        }
    } else if (state_ == State::ChunkEnd) {
        state_ = text_.empty() ? State::ChunkSize : State::Broken;
    } else if (text_.empty()) {
        state_ = State::Done;  // The empty line after the trailers.
    }
}

void Response::body_taken(std::uint64_t bytes) {
    body_bytes_ += bytes;
    if (state_ == State::ToClose) {
        return;
    }
    remaining_ -= bytes;
    if (remaining_ == 0) {
        state_ = state_ == State::Body ? State::Done : State::ChunkEnd;
    }
}

void Response::closed() {
    if (state_ == State::ToClose) {
        state_ = State::Done;
    } else if (state_ != State::Done) {
        state_ = State::Broken;
    }
}

}  // namespace antipode::bench

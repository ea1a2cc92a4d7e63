#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "http/message.h"

/// What an edge and a region say to each other (docs/formats/edge-protocol.md).
namespace antipode::edge {

inline constexpr std::string_view kEdgePrefix = "/-/edge/v1/";
/// Certificates of edges bear names that begin so, and no region does.
inline constexpr std::string_view kEdgeNamePrefix = "edge-";

/// A body is cut into pieces of at most so much; each may travel on another connection.
inline constexpr std::size_t kChunkBytes = 512 * kKiB;
/// So much of a body goes along with its head: then a small request or answer is one message.
inline constexpr std::size_t kInlineBytes = 128 * kKiB;
/// So many chunks lie ready at a region for who does not take them; then it slows the edge down.
inline constexpr std::uint64_t kReadyChunks = 64;
/// How far a body may be sent beyond its first chunk that has not arrived: on a line that loses,
/// some chunk is always late, and the others go on meanwhile.
inline constexpr std::uint64_t kAheadChunks = 160;
/// The largest message: the first bytes of a body and what the last read of it brought.
inline constexpr std::size_t kMessageBytesMax = 4 * kMiB;

/// How long a region keeps an edge waiting for what is not there yet, before it says so (202).
inline constexpr std::chrono::seconds kAnswerPatience{5};
/// An exchange of which the edge says nothing for so long is over.
inline constexpr std::chrono::seconds kSilenceMax{30};

/// On every answer: a number that is another one after the region's process was started anew.
inline constexpr std::string_view kRunHeader = "x-antipode-run";
/// Of a chunk of an answer's body: how many there are, once that is known.
inline constexpr std::string_view kChunkCountHeader = "x-antipode-chunks";

/// The beginning of a client's request, as the client sent it.
struct RequestStart {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false;
    std::string peer_address;  ///< The client's.
    bool is_tls = false;
    bool is_whole = true;  ///< `body` is all of it; else chunks follow, beginning with 0.
    std::string body;
};

/// The beginning of a region's answer.
struct AnswerStart {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::uint64_t> size;  ///< Of the whole body, where it is known.
    std::optional<std::uint64_t> announced_size;
    bool is_whole = true;  ///< `body` is all of it; else there are chunks, beginning with 0.
    std::string body;
};

/// What an edge has to say about its exchanges from time to time.
struct Notice {
    std::vector<std::string> alive;
    std::vector<std::string> over;
};

std::string encode(const RequestStart& start);
std::string encode(const AnswerStart& start);
std::string encode(const Notice& notice);
/// Corrupt when it is not one; a request start is also checked to be one that a client's connection
/// could have brought (no control characters in names, values and target).
Result<RequestStart> decode_request_start(std::string_view bytes);
Result<AnswerStart> decode_answer_start(std::string_view bytes);
Result<Notice> decode_notice(std::string_view bytes);

}  // namespace antipode::edge

#include "bench/load/response.h"

#include <gtest/gtest.h>

namespace antipode::bench {
namespace {

constexpr std::string_view kPlain =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
    "chunked\r\n\r\n3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nX-Trailer: 1\r\n\r\n";

struct Read {
    Response response;
    std::string body;
};

Read read_in_pieces(std::string_view text, std::size_t piece_size, bool to_head = false) {
    Read read;
    read.response.start(to_head);
    for (; !text.empty(); text.remove_prefix(std::min(piece_size, text.size()))) {
        read.response.take(text.substr(0, piece_size),
                           [&](std::string_view part) { read.body += part; });
    }
    return read;
}

TEST(Response, reads_both_framings_however_they_are_cut) {
    for (const std::string_view text : {kPlain, kChunked}) {
        for (std::size_t piece = 1; piece <= text.size(); ++piece) {
            const Read read = read_in_pieces(text, piece);

            EXPECT_TRUE(read.response.done()) << piece;
            EXPECT_EQ(read.response.status(), 200);
            EXPECT_EQ(read.body, "hello") << piece;
            EXPECT_TRUE(read.response.keeps_connection());
        }
    }
}

TEST(Response, passes_over_100_continue) {
    const Read read = read_in_pieces(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 7);

    EXPECT_TRUE(read.response.done());
    EXPECT_EQ(read.response.status(), 201);
}

TEST(Response, the_answer_to_head_has_a_length_but_no_body) {
    const Read read = read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 100, true);

    EXPECT_TRUE(read.response.done());
    EXPECT_EQ(read.response.length(), 5U);
}

TEST(Response, a_body_without_length_ends_with_the_connection) {
    Read read = read_in_pieces("HTTP/1.1 200 OK\r\n\r\nhello", 100);
    EXPECT_FALSE(read.response.done());

    read.response.closed();

    EXPECT_TRUE(read.response.done());
    EXPECT_FALSE(read.response.keeps_connection());
}

TEST(Response, a_cut_body_is_broken) {
    Read read = read_in_pieces(kPlain.substr(0, kPlain.size() - 1), 100);

    read.response.closed();

    EXPECT_TRUE(read.response.broken());
}

TEST(Response, nonsense_and_bytes_too_many_are_broken) {
    EXPECT_TRUE(read_in_pieces("SSH-2.0-OpenSSH\r\n\r\n", 100).response.broken());
    EXPECT_TRUE(read_in_pieces(std::string(kPlain) + "!", 100).response.broken());
    EXPECT_TRUE(read_in_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 100)
                    .response.broken());
}

}  // namespace
}  // namespace antipode::bench

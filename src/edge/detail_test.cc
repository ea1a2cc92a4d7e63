#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/detail/arriving_body.h"
#include "edge/detail/budget.h"
#include "edge/wire.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

namespace antipode::edge {
namespace {

using Place = ArrivingBody::Place;

struct Arriving : testing::Test {
    void bring(std::uint64_t number, const std::string& text, bool is_last = false) {
        ASSERT_EQ(body.reserve(number, text.size()), Place::Free) << number;
        body.put(number, is_last, to_bytes(text));
    }

    Result<std::string> next() {
        auto bytes = runtime::run_to_end(time, body.next());
        if (!bytes) {
            return fail(bytes.error());
        }
        return to_string(*bytes);
    }

    runtime::SimExecutor time{1};
    Budget budget{10};
    ArrivingBody body{budget};
};

TEST_F(Arriving, chunks_are_given_in_order_whatever_order_they_came_in) {
    bring(2, "c", true);
    bring(0, "a");
    bring(1, "b");

    EXPECT_EQ(next(), "a");
    EXPECT_EQ(next(), "b");
    EXPECT_EQ(next(), "c");
    EXPECT_EQ(next(), "");
    EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Arriving, last_chunk_may_be_empty) {
    bring(0, "a");
    bring(1, "", true);

    EXPECT_EQ(next(), "a");
    EXPECT_EQ(next(), "");
}

TEST_F(Arriving, chunk_that_is_here_or_was_read_is_not_taken_again) {
    bring(0, "a");
    EXPECT_EQ(body.reserve(0, 1), Place::Taken);
    EXPECT_EQ(next(), "a");
    EXPECT_EQ(body.reserve(0, 1), Place::Taken);
    EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Arriving, chunk_under_way_on_a_connection_that_may_be_dead_is_taken_on_another) {
    ASSERT_EQ(body.reserve(0, 1), Place::Free);
    ASSERT_EQ(body.reserve(0, 1), Place::Free);
    body.give_up(0);
    body.put(0, true, to_bytes("a"));

    EXPECT_EQ(next(), "a");
    EXPECT_EQ(next(), "");
    EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Arriving, chunk_that_both_connections_bring_is_read_once) {
    ASSERT_EQ(body.reserve(0, 1), Place::Free);
    ASSERT_EQ(body.reserve(0, 1), Place::Free);
    body.put(0, false, to_bytes("a"));
    EXPECT_EQ(next(), "a");
    body.put(0, false, to_bytes("a"));
    bring(1, "b", true);

    EXPECT_EQ(next(), "b");
    EXPECT_EQ(next(), "");
}

TEST_F(Arriving, when_memory_is_short_the_next_chunk_is_taken_and_no_other) {
    bring(1, std::string(10, 'b'));

    EXPECT_EQ(body.reserve(2, 1), Place::Busy);
    bring(0, "a");
    EXPECT_EQ(next(), "a");
    EXPECT_EQ(next(), std::string(10, 'b'));
    bring(3, "d");
    EXPECT_EQ(body.reserve(2, 1), Place::Free);
}

TEST_F(Arriving, chunk_beyond_every_window_is_refused) {
    EXPECT_EQ(body.reserve(kAheadChunks + kReadyChunks, 1), Place::TooFar);
    EXPECT_EQ(body.reserve(kAheadChunks + kReadyChunks - 1, 1), Place::Free);
}

TEST_F(Arriving, abort_ends_reader_and_writers_and_gives_memory_back) {
    bring(1, "b");
    ASSERT_EQ(body.reserve(2, 1), Place::Free);
    body.abort();
    body.put(2, false, to_bytes("c"));

    EXPECT_EQ(next().error().code, ErrorCode::Closed);
    EXPECT_EQ(body.reserve(0, 1), Place::Unwanted);
    EXPECT_EQ(budget.used(), 0U);
}

RequestStart some_request() {
    return {.method = "PUT",
            .target = "/key%20?x",
            .headers = {{"Host", "b.localhost"}, {"x-empty", ""}},
            .content_length = 5,
            .is_chunked = false,
            .peer_address = "10.0.0.1:5",
            .is_tls = true,
            .is_whole = false,
            .body = std::string("a\0b", 3)};
}

TEST(Wire, request_comes_out_as_it_went_in) {
    const RequestStart in = some_request();
    const auto out = decode_request_start(encode(in));

    ASSERT_TRUE(out);
    EXPECT_EQ(out->method, in.method);
    EXPECT_EQ(out->target, in.target);
    EXPECT_EQ(out->headers, in.headers);
    EXPECT_EQ(out->content_length, 5U);
    EXPECT_EQ(out->peer_address, in.peer_address);
    EXPECT_TRUE(out->is_tls);
    EXPECT_FALSE(out->is_whole);
    EXPECT_EQ(out->body, in.body);
}

TEST(Wire, answer_and_notice_come_out_as_they_went_in) {
    const AnswerStart answer{.status = 206,
                             .headers = {{"etag", "\"e\""}},
                             .size = 7,
                             .announced_size = {},
                             .is_whole = false,
                             .body = "abc"};
    const Notice notice{.alive = {"a", "b"}, .over = {"c"}};
    const auto answer_out = decode_answer_start(encode(answer));
    const auto notice_out = decode_notice(encode(notice));

    ASSERT_TRUE(answer_out);
    EXPECT_EQ(answer_out->status, 206);
    EXPECT_EQ(answer_out->headers, answer.headers);
    EXPECT_EQ(answer_out->size, 7U);
    EXPECT_EQ(answer_out->announced_size, std::nullopt);
    EXPECT_EQ(answer_out->body, "abc");
    ASSERT_TRUE(notice_out);
    EXPECT_EQ(notice_out->alive, notice.alive);
    EXPECT_EQ(notice_out->over, notice.over);
}

TEST(Wire, what_is_cut_short_or_no_head_is_refused) {
    const std::string whole = encode(some_request());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(decode_request_start(whole.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_request_start(whole + "x"));
    RequestStart split = some_request();
    split.headers.emplace_back("x-a", "1\r\nx-b: 2");
    EXPECT_FALSE(decode_request_start(encode(split)));
    RequestStart two_lines = some_request();
    two_lines.target = "/key HTTP/1.1\r\nHost: other";
    EXPECT_FALSE(decode_request_start(encode(two_lines)));
    AnswerStart no_status;
    EXPECT_FALSE(decode_answer_start(encode(no_status)));
}

}  // namespace
}  // namespace antipode::edge

#include <gmock/gmock.h>

#include "edge/edge_harness.h"

// Requests from a client to a region and back, over an edge.
namespace antipode::edge {
namespace {

struct Edge : EdgeTest {
    Edge() {
        join("far");
        start_edge();
    }
};

TEST_F(Edge, small_request_takes_one_round_trip) {
    const auto took = timed([this] { EXPECT_EQ(put("/key", "hello"), 200); });

    EXPECT_EQ(region.objects.kept["/key"], "hello");
    EXPECT_LT(took, (2 * kOneWay) + 100ms);
}

TEST_F(Edge, passes_the_request_on_as_it_came_without_a_certificate) {
    put("/key", "hello");

    EXPECT_EQ(region.objects.last_host, "bucket.localhost");
    EXPECT_THAT(region.objects.last_peer, testing::StartsWith("client"));
    EXPECT_FALSE(region.objects.has_certificate);
}

TEST_F(Edge, small_answer_comes_with_its_head) {
    region.objects.kept["/key"] = "hello";
    region.objects.kept["/empty"] = "";
    Result<http::ClientResponse> got = fail(ErrorCode::Internal);
    const auto took = timed([&] { got = get("/key"); });

    ASSERT_TRUE(got);
    EXPECT_EQ(got->text, "hello");
    EXPECT_EQ(got->headers.get("etag"), "\"e\"");
    EXPECT_EQ(got->headers.get("content-length"), "5");
    EXPECT_LT(took, (2 * kOneWay) + 100ms);
    EXPECT_EQ(get("/none")->status, 404);
    EXPECT_EQ(get("/none")->text, "no such key");
    EXPECT_EQ(get("/empty")->text, "");
}

TEST_F(Edge, answer_to_a_head_has_its_length_and_no_body) {
    region.objects.kept["/key"] = "hello";
    const auto head = ask(request("HEAD", "/key"));

    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->headers.get("content-length"), "5");
    EXPECT_EQ(head->text, "");
}

TEST_F(Edge, large_body_arrives_whole_and_faster_than_one_chunk_at_a_time) {
    const std::string body = patterned(12 * kMiB + 12345);
    const auto took = timed([&] { EXPECT_EQ(put("/key", body), 200); });

    EXPECT_TRUE(region.objects.kept["/key"] == body);
    // Two dozen chunks, one after the other, would take 5 s.
    EXPECT_LT(took, 2s);
    pass(5s);
    EXPECT_EQ(front->buffered_bytes(), 0U);
    EXPECT_EQ(region.door().buffered_bytes(), 0U);
}

TEST_F(Edge, bodies_of_every_length_around_the_borders_arrive_whole) {
    for (const std::size_t border :
         {kInlineBytes, kChunkBytes, kInlineBytes + kChunkBytes, 2 * kChunkBytes, 256 * kKiB}) {
        for (const std::size_t size : {border - 1, border, border + 1}) {
            const std::string body = patterned(size);
            ASSERT_EQ(put("/key", body), 200) << size;
            EXPECT_TRUE(region.objects.kept["/key"] == body) << size;
            EXPECT_TRUE(get("/key")->text == body) << size;
            region.objects.hides_size = !region.objects.hides_size;
            EXPECT_TRUE(get("/key")->text == body) << size;
        }
    }
}

TEST_F(Edge, body_in_chunks_of_the_client_arrives_whole) {
    const std::string body = patterned(3 * kMiB + 77);
    http::ClientRequest putting = request("PUT", "/key");
    putting.stream = std::make_unique<runtime::PiecesSource>(body, 77'777);
    const auto response = ask(std::move(putting));

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_TRUE(region.objects.kept["/key"] == body);
}

TEST_F(Edge, large_answer_comes_whole_and_faster_than_one_chunk_at_a_time) {
    const std::string body = patterned(12 * kMiB + 12345);
    region.objects.kept["/key"] = body;
    Result<http::ClientResponse> got = fail(ErrorCode::Internal);
    const auto took = timed([&] { got = get("/key"); });

    ASSERT_TRUE(got);
    EXPECT_TRUE(got->text == body);
    EXPECT_LT(took, 2s);
    EXPECT_EQ(front->buffered_bytes(), 0U);
    pass(3s);
    EXPECT_EQ(region.door().buffered_bytes(), 0U);
    EXPECT_EQ(region.door().exchange_count(), 0U);
}

TEST_F(Edge, connections_that_break_cost_time_and_nothing_else) {
    const std::string body = patterned(12 * kMiB);
    edge_host.breaking.breaks_every = 2 * kMiB;

    EXPECT_EQ(put("/key", body), 200);
    EXPECT_TRUE(region.objects.kept["/key"] == body);
    const auto got = get("/key");
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->text == body);
    EXPECT_GT(edge_host.breaking.broken, 10U);
    EXPECT_EQ(region.objects.requests, 2U) << "each was served once";
}

TEST_F(Edge, request_is_served_once_however_often_its_connection_breaks) {
    edge_host.breaking.breaks_every = 700;
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(put("/key" + std::to_string(i), "hello"), 200);
    }

    EXPECT_EQ(region.objects.requests, 50U);
    EXPECT_GT(edge_host.breaking.broken, 10U);
}

TEST_F(Edge, refusal_of_the_region_comes_through_without_the_rest_of_the_body) {
    region.objects.refuses = true;
    http::ClientRequest putting = request("PUT", "/key");
    putting.text = patterned(8 * kMiB);
    const auto response = ask(std::move(putting));

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 403);
    EXPECT_EQ(response->text, "refused by the region");
    EXPECT_EQ(response->headers.get("x-oss-request-id"), "of-the-region");
    pass(5s);
    EXPECT_EQ(front->buffered_bytes(), 0U);
    EXPECT_EQ(region.door().buffered_bytes(), 0U);
}

TEST_F(Edge, region_that_cannot_be_reached_is_one_clear_refusal) {
    region.stop();
    const auto response = get("/key");

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 503);
    EXPECT_THAT(response->text, testing::HasSubstr("<Code>ServiceUnavailable</Code>"));
    EXPECT_EQ(response->headers.get("retry-after"), "1");

    region.start();
    EXPECT_EQ(put("/key", "again"), 200);
}

TEST_F(Edge, host_without_a_bucket_is_refused_in_the_client_s_dialect) {
    http::ClientRequest listing = request("GET", "/", "localhost");
    listing.headers.add("x-amz-date", "now");
    const auto response = ask(std::move(listing));

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 403);
    EXPECT_THAT(response->text, testing::HasSubstr("AccessDenied"));
    EXPECT_TRUE(response->headers.contains("x-amz-request-id"));
    EXPECT_EQ(region.objects.requests, 0U);
    EXPECT_EQ(ask(request("GET", "/-/health/ready", "localhost"))->status, 200);
}

}  // namespace
}  // namespace antipode::edge

#include <array>

#include <gmock/gmock.h>

#include "edge/edge_harness.h"

// What dies, stalls or reads slowly: nothing is half kept, nothing is kept for ever, and memory has
// its bounds.
namespace antipode::edge {
namespace {

struct EdgeFaults : EdgeTest {
    EdgeFaults() {
        join("far");
        start_edge();
    }

    /// A client that sends a head and part of its body, and goes away after `patience`.
    Task<void> go_away_within_the_body(std::size_t announced,
                                       std::string sent,
                                       runtime::Duration patience) {
        auto stream = co_await client_host.network(0).connect("edge:80", false, 1s);
        const std::string head =
            "PUT /half HTTP/1.1\r\nHost: bucket.localhost\r\nContent-Length: " +
            std::to_string(announced) + "\r\n\r\n";
        std::vector<ByteView> pieces{as_bytes(head), as_bytes(sent)};
        static_cast<void>(co_await (*stream)->write_all(std::move(pieces)));
        co_await runtime::sleep_for(patience);
        (*stream)->close();
    }

    /// Reads the answer to a GET, with a pause between reads.
    Task<std::size_t> read_slowly(std::string target, runtime::Duration pause) {
        auto stream = co_await client_host.network(0).connect("edge:80", false, 1s);
        const std::string head =
            "GET " + target + " HTTP/1.1\r\nHost: bucket.localhost\r\nConnection: close\r\n\r\n";
        std::vector<ByteView> pieces{as_bytes(head)};
        static_cast<void>(co_await (*stream)->write_all(std::move(pieces)));
        std::size_t total = 0;
        std::vector<std::byte> buffer(kChunkBytes);
        while (true) {
            const auto count = co_await (*stream)->read_some(buffer);
            if (!count || *count == 0) {
                break;
            }
            total += *count;
            edge_bytes_max = std::max(edge_bytes_max, front->buffered_bytes());
            region_bytes_max = std::max(region_bytes_max, region.door().buffered_bytes());
            co_await runtime::sleep_for(pause);
        }
        (*stream)->close();
        co_return total;
    }

    std::uint64_t edge_bytes_max = 0;
    std::uint64_t region_bytes_max = 0;
};

TEST_F(EdgeFaults, client_that_goes_away_ends_its_request_at_the_region) {
    auto leaving = go_away_within_the_body(20 * kMiB, patterned(5 * kMiB), 1s);
    runtime::run_to_end(time, client_host.executor(0), std::move(leaving));
    pass(5s);

    EXPECT_EQ(region.objects.requests, 1U);
    EXPECT_EQ(region.objects.failed_bodies, 1U);
    EXPECT_FALSE(region.objects.kept.contains("/half"));
    EXPECT_EQ(region.door().exchange_count(), 0U);
    EXPECT_EQ(region.door().buffered_bytes(), 0U);
    EXPECT_EQ(front->buffered_bytes(), 0U);
}

TEST_F(EdgeFaults, edge_that_dies_leaves_nothing_half) {
    auto uploading = go_away_within_the_body(20 * kMiB, patterned(5 * kMiB), 10s);
    runtime::start(client_host.executor(0), std::move(uploading), [] {});
    pass(2s);
    ASSERT_EQ(region.objects.requests, 1U);

    network.reset_host("edge");
    stop_edge();
    pass(kSilenceMax + 10s);

    EXPECT_FALSE(region.objects.kept.contains("/half"));
    EXPECT_EQ(region.objects.failed_bodies, 1U);
    EXPECT_EQ(region.door().exchange_count(), 0U);
    EXPECT_EQ(region.door().buffered_bytes(), 0U);
}

TEST_F(EdgeFaults, region_that_is_started_anew_does_not_serve_a_request_twice) {
    region.objects.pause_between_reads = 100ms;
    http::ClientRequest putting = request("PUT", "/key");
    putting.text = patterned(8 * kMiB);
    Result<http::ClientResponse> response = fail(ErrorCode::Internal);
    runtime::start(client_host.executor(0), keep(std::move(putting), &response), [] {});
    pass(1s);
    ASSERT_EQ(region.objects.requests, 1U);

    region.kill();
    region.start();
    pass(60s);

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 503);
    EXPECT_FALSE(region.objects.kept.contains("/key"));
    EXPECT_EQ(region.objects.requests, 1U);
    region.objects.pause_between_reads = 0s;
    EXPECT_EQ(put("/key", "again"), 200);
}

TEST_F(EdgeFaults, line_that_stalls_is_waited_for) {
    const std::string body = patterned(10 * kMiB);
    const runtime::SimLine cut{.delay = kOneWay, .jitter = {}, .is_cut = true};
    time.post_after(300ms, [this, cut] { network.set_line("edge", "far", cut); });
    time.post_after(5300ms, [this] { network.set_line("edge", "far", {.delay = kOneWay}); });
    time.post_after(6s, [this, cut] { network.set_line("far", "edge", cut); });
    time.post_after(11s, [this] { network.set_line("far", "edge", {.delay = kOneWay}); });
    region.objects.pause_between_reads = 300ms;

    EXPECT_EQ(put("/key", body), 200);
    EXPECT_TRUE(region.objects.kept["/key"] == body);
    EXPECT_EQ(region.objects.requests, 1U);
}

TEST_F(EdgeFaults, line_that_stays_cut_is_one_clear_refusal) {
    const runtime::SimLine cut{.delay = kOneWay, .jitter = {}, .is_cut = true};
    network.set_line("edge", "far", cut);

    EXPECT_EQ(put("/key", patterned(5 * kMiB)), 503);
    EXPECT_EQ(put("/key", "small"), 503);
    network.set_line("edge", "far", {.delay = kOneWay});
    EXPECT_EQ(put("/key", "again"), 200);
}

struct EdgeWithLittleMemory : EdgeFaults {
    static constexpr std::uint64_t kLittle = 4 * kMiB;

    EdgeWithLittleMemory() {
        stop_edge();
        region.stop();
        region.options.buffer_bytes_max = kLittle;
        region.start();
        regions.front().buffer_bytes_max = kLittle;
        start_edge();
    }

    void note() {
        edge_bytes_max = std::max(edge_bytes_max, front->buffered_bytes());
        region_bytes_max = std::max(region_bytes_max, region.door().buffered_bytes());
    }

    void note_each(runtime::Duration period, int times) {
        for (int i = 0; i < times; ++i) {
            time.post_after(i * period, [this] { note(); });
        }
    }
};

TEST_F(EdgeWithLittleMemory, region_that_reads_slowly_slows_the_client_down) {
    region.objects.pause_between_reads = 50ms;
    note_each(100ms, 100);
    const std::string body = patterned(20 * kMiB);

    EXPECT_EQ(put("/key", body), 200);
    EXPECT_TRUE(region.objects.kept["/key"] == body);
    EXPECT_GT(region_bytes_max, kMiB);
    EXPECT_LE(region_bytes_max, kLittle + (2 * kChunkBytes));
    EXPECT_LE(edge_bytes_max, kLittle + kChunkBytes);
}

TEST_F(EdgeWithLittleMemory, all_requests_move_on) {
    region.objects.pause_between_reads = 10ms;
    std::array<Result<http::ClientResponse>, 6> responses;
    responses.fill(fail(ErrorCode::Internal));
    for (std::size_t i = 0; i < responses.size(); ++i) {
        http::ClientRequest putting = request("PUT", "/key" + std::to_string(i));
        putting.text = patterned((4 * kMiB) + i);
        runtime::start(client_host.executor(0), keep(std::move(putting), &responses.at(i)), [] {});
    }
    note_each(100ms, 100);
    pass(30s);

    for (std::size_t i = 0; i < responses.size(); ++i) {
        ASSERT_TRUE(responses.at(i)) << i;
        EXPECT_EQ(responses.at(i)->status, 200) << i;
        EXPECT_TRUE(region.objects.kept["/key" + std::to_string(i)] == patterned((4 * kMiB) + i));
    }
    EXPECT_LE(region_bytes_max, kLittle + ((responses.size() + 1) * kChunkBytes));
}

TEST_F(EdgeWithLittleMemory, client_that_reads_slowly_costs_a_bounded_part_of_it) {
    region.objects.kept["/key"] = patterned(24 * kMiB);
    const auto read =
        runtime::run_to_end(time, client_host.executor(0), read_slowly("/key", 20ms), 24h);

    EXPECT_GT(read, 24 * kMiB);
    EXPECT_LT(edge_bytes_max, kLittle + (17 * kChunkBytes));
    EXPECT_LE(region_bytes_max, kLittle + (2 * kChunkBytes));
}

TEST_F(EdgeFaults, answer_that_breaks_off_is_not_taken_for_a_whole_one) {
    region.objects.kept["/key"] = patterned(6 * kMiB);
    region.objects.breaks_answers = true;
    const auto response = get("/key");

    EXPECT_FALSE(response);
    region.objects.breaks_answers = false;
    EXPECT_EQ(get("/key")->text.size(), 6 * kMiB);
}

TEST_F(EdgeFaults, many_requests_at_once_are_all_carried) {
    std::array<Result<http::ClientResponse>, 200> responses;
    responses.fill(fail(ErrorCode::Internal));
    for (std::size_t i = 0; i < responses.size(); ++i) {
        http::ClientRequest putting = request("PUT", "/key" + std::to_string(i));
        putting.text = patterned(i % 10 == 0 ? 600 * kKiB + i : 4 * kKiB + i);
        runtime::start(client_host.executor(0), keep(std::move(putting), &responses.at(i)), [] {});
    }
    pass(60s);

    for (std::size_t i = 0; i < responses.size(); ++i) {
        ASSERT_TRUE(responses.at(i)) << i;
        EXPECT_EQ(responses.at(i)->status, 200) << i;
        const std::string body = patterned(i % 10 == 0 ? 600 * kKiB + i : 4 * kKiB + i);
        EXPECT_TRUE(region.objects.kept["/key" + std::to_string(i)] == body) << i;
    }
}

struct EdgeOfTwo : EdgeTest {
    EdgeOfTwo() {
        other.buckets = {{"elsewhere", true}, {"both", true}};
        region.buckets = {{"bucket", true}, {"both", false}};
        other.start();
        join("far");
        join("other");
        start_edge();
    }

    int put_into(const std::string& bucket) {
        http::ClientRequest putting = request("PUT", "/key", bucket + ".localhost");
        putting.text = bucket;
        return ask(std::move(putting))->status;
    }

    Region other{"other", time, network};
};

TEST_F(EdgeOfTwo, each_request_goes_to_the_region_that_has_the_bucket) {
    EXPECT_EQ(put_into("bucket"), 200);
    EXPECT_EQ(put_into("elsewhere"), 200);
    EXPECT_EQ(region.objects.kept["/key"], "bucket");
    EXPECT_EQ(other.objects.kept["/key"], "elsewhere");

    EXPECT_EQ(put_into("both"), 200);
    EXPECT_EQ(other.objects.kept["/key"], "both") << "there it is accelerated";
    EXPECT_EQ(put_into("none"), 404);
}

TEST_F(EdgeOfTwo, region_that_is_down_is_not_taken_for_one_without_the_bucket) {
    other.stop();

    EXPECT_EQ(put_into("bucket"), 200);
    EXPECT_EQ(put_into("elsewhere"), 503);
}

}  // namespace
}  // namespace antipode::edge

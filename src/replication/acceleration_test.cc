#include <gmock/gmock.h>

#include "crypto/crc.h"
#include "replication/acceleration_harness.h"
#include "replication/packing.h"

// What acceleration adds on the way: less travels, and the same arrives.
namespace antipode::replication::sites {
namespace {

TEST_F(Acceleration, sends_less_of_what_can_be_packed) {
    add_rule();
    bring("large", words(2 * kChunkBytes + 17));
    EXPECT_LT(wire_bytes_, kChunkBytes);
    forget();
    bring("small", words(100'000));
    EXPECT_LT(wire_bytes_, 30'000U);

    const RuleStatus shown = status();
    EXPECT_EQ(shown.bytes_sent, 2 * kChunkBytes + 17 + 100'000);
    EXPECT_LT(shown.wire_bytes_sent, shown.bytes_sent / 5);
    EXPECT_GT(shown.wire_bytes_sent, 0U);
}

TEST_F(Acceleration, gives_up_what_cannot_be_packed) {
    add_rule();
    bring("large", noise(2 * kChunkBytes));
    EXPECT_EQ(packed_, 0U);
    EXPECT_GE(status().wire_bytes_sent, 2 * kChunkBytes);
}

TEST_F(Acceleration, packs_nothing_for_ordinary_rules) {
    south.make_bucket("there");
    ASSERT_TRUE(west.add_rule("here", south, "there"));
    south.door.tampers = east.door.tampers;
    ASSERT_TRUE(west.put("here", "large", words(2 * kChunkBytes)));
    ASSERT_TRUE(settle());
    EXPECT_EQ(packed_, 0U);
    EXPECT_GE(wire_bytes_, 2 * kChunkBytes);
}

TEST_F(Acceleration, sends_plain_to_a_region_of_an_older_version) {
    east.door.answered = [](const http::Request& request, http::Response& response) {
        if (is_about(request, "rule") || is_about(request, "announce")) {
            response.text.clear();
        }
    };
    add_rule();
    bring("large", words(2 * kChunkBytes));
    bring("small", words(100'000));
    EXPECT_EQ(packed_, 0U);
    EXPECT_GE(wire_bytes_, 2 * kChunkBytes + 100'000);
}

/// It was updated back while the rule was at work: it takes packed bytes for plain ones.
TEST_F(Acceleration, sends_plain_when_what_was_packed_is_not_understood_any_more) {
    add_rule();
    tampers_ = [](http::Request& request, std::string&) {
        const std::size_t at = request.target.find("encoding=zstd");
        if (at != std::string::npos) {
            request.target[at] = 'E';
            LinkSecret secret{"a secret of the link"};
            const std::string content(request.headers.get("x-antipode-content-sha256"));
            sign(secret,
                 request.method,
                 request.target,
                 "cn-hangzhou",
                 runtime::Executor::current().wall_now().time_since_epoch().count(),
                 content,
                 request.headers);
        }
    };
    bring("large", words(2 * kChunkBytes));
    bring("small", words(100'000));
    EXPECT_GT(packed_, 0U);
    EXPECT_GE(wire_bytes_, 2 * kChunkBytes + 100'000);
    EXPECT_EQ(status().exceptions, 0U);
}

TEST_F(Acceleration, sends_again_what_arrives_damaged) {
    add_rule();
    int damaged = 0;
    tampers_ = [&damaged](http::Request& request, std::string& body) {
        if (is_about(request, "chunk") && !query_of(request, "encoding").empty() && damaged < 1) {
            ++damaged;
            body[body.size() / 2] ^= 0x10;
        }
    };
    bring("large", words(2 * kChunkBytes));
    EXPECT_EQ(damaged, 1);
    EXPECT_LT(wire_bytes_, 2 * kChunkBytes) << "only what was damaged goes plain";
    EXPECT_EQ(status().exceptions, 0U);
}

TEST_F(Acceleration, holds_when_the_link_loses_and_repeats_and_either_side_starts_again) {
    add_rule();
    const std::string large = words(2 * kChunkBytes);
    east.door.weather = {.lost = 100, .unheard = 100, .repeated = 100, .late = 100};
    ASSERT_TRUE(west.put("here", "large", large));
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(west.put("here", "small/" + std::to_string(i), words(20'000)));
    }
    west.wait_until([this] { return packed_ >= 3; });
    west.close();
    west.open(all());
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("there", "large"), large);
    EXPECT_EQ(west.totals("here").slots, east.totals("there").slots);
    EXPECT_GT(packed_, 0U);
}

TEST_F(Acceleration, counts_what_travels_against_the_limits) {
    add_rule();
    LimitChange change{.bucket = "here", .rule_id = {}};
    change.bytes_per_second = kMiB;
    ASSERT_TRUE(west.run(west.manager->set_limits(change)));
    const runtime::Instant begin = simulation.executor.now();
    bring("large", words(2 * kChunkBytes));
    const runtime::Instant between = simulation.executor.now();
    EXPECT_LT(between - begin, std::chrono::seconds(3)) << "as it is it takes 8";
    bring("large", noise(kChunkBytes));
    EXPECT_GT(simulation.executor.now() - between, std::chrono::seconds(3));
}

/// What a region answers to a request that was written by hand.
class Refusals : public Acceleration {
  protected:
    http::Response ask(const std::string& what, const std::string& body, bool is_stream = false) {
        http::Request request;
        request.method = is_stream ? "PUT" : "POST";
        request.target = std::string(kPeerPrefix) + what;
        sign(secret,
             request.method,
             request.target,
             "cn-hangzhou",
             simulation.executor.wall_now().time_since_epoch().count(),
             is_stream ? std::string(kUnsignedContent) : content_hash(body),
             request.headers);
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(body));
        return east.run(hand(&east.door, &request));
    }

    std::string packed(const std::string& plain) {
        return to_string(*west.run(pack(as_bytes(plain))));
    }

    std::string chunk(const std::string& more) {
        const ReplicationRule rule = status().rule;
        return "chunk?source=cn-hangzhou&source-bucket=here&bucket=there&rule=" + rule.id +
               "&epoch=" + std::to_string(rule.epoch) + "&transfer=t&number=1&" + more;
    }

  private:
    static Task<http::Response> hand(http::Handler* to, http::Request* request) {
        co_return co_await to->handle(*request);
    }
};

std::string error_of(const http::Response& response) {
    return std::string(response.headers.get("x-antipode-error"));
}

std::string number_of(ErrorCode code) {
    return std::to_string(static_cast<unsigned>(code));
}

TEST_F(Refusals, name_an_encoding_that_is_not_known) {
    add_rule();
    for (const std::string what : {"apply?encoding=brotli&plain=10", "announce?encoding=gzip"}) {
        const auto answer = ask(what, "anything");
        EXPECT_EQ(answer.status, 409);
        EXPECT_EQ(error_of(answer), number_of(ErrorCode::NotImplemented));
        EXPECT_THAT(answer.text, ::testing::HasSubstr("does not know the encoding"));
    }
    const auto answer = ask(chunk("size=5&crc64=0&encoding=lz4"), "bytes", true);
    EXPECT_EQ(error_of(answer), number_of(ErrorCode::NotImplemented));
}

TEST_F(Refusals, of_lengths_that_are_lies) {
    add_rule();
    const std::string plain = words(100'000);
    const std::string body = packed(plain);
    const auto crc = std::to_string(crypto::crc64(as_bytes(plain)));
    const auto answer = [&](std::uint64_t size) {
        return error_of(
            ask(chunk("size=" + std::to_string(size) + "&crc64=" + crc + "&encoding=zstd"),
                body,
                true));
    };
    EXPECT_EQ(answer(99'999), number_of(ErrorCode::BadDigest));
    EXPECT_EQ(answer(100'001), number_of(ErrorCode::BadDigest));
    EXPECT_EQ(answer(0), number_of(ErrorCode::BadDigest));
    EXPECT_EQ(answer(kChunkBytes + 1), number_of(ErrorCode::EntityTooLarge));
    EXPECT_EQ(answer(100'000), "");
    EXPECT_EQ(error_of(ask("apply?encoding=zstd&plain=1000000000000", body)),
              number_of(ErrorCode::EntityTooLarge));
    EXPECT_EQ(error_of(ask("apply?encoding=zstd&plain=99999", body)),
              number_of(ErrorCode::BadDigest));
    EXPECT_EQ(error_of(ask("apply?encoding=zstd", body)), number_of(ErrorCode::BadDigest));
}

}  // namespace
}  // namespace antipode::replication::sites

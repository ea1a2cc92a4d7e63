#include "crypto/crc.h"
#include "crypto/digest.h"
#include "replication/acceleration_harness.h"

// A large object that is overwritten: what the destination has of it does not travel again.
namespace antipode::replication::sites {
namespace {

/// And a short one behind them, which lies in a row.
constexpr std::size_t kChunks = 2;
/// Those that are the same, about: requests have a head, too.
constexpr std::uint64_t kOne = kChunkBytes + 100'000;

class Reuse : public Acceleration {
  protected:
    void SetUp() override {
        tampers_ = [this](http::Request& request, std::string&) {
            offers_ += is_about(request, "take") ? 1 : 0;
        };
        Acceleration::SetUp();
    }

    /// Other bytes in the chunk of that number, from 0.
    static std::string changed(std::string content, std::size_t chunk) {
        content[chunk * kChunkBytes + 1000] ^= 0x20;
        return content;
    }

    /// Nothing that a client has not asked for is kept.
    void expect_no_remains(std::size_t chunks) {
        EXPECT_TRUE(east.wait_until([this, chunks] { return east.blobs().count() == chunks; }))
            << east.blobs().count() << " blobs";
    }

    const std::string first_ = noise(kChunks * kChunkBytes + 1000);
    std::uint64_t offers_ = 0;
};

TEST_F(Reuse, sends_only_what_has_changed_when_an_object_is_overwritten) {
    add_rule();
    bring("large", first_);
    EXPECT_EQ(offers_, 0U) << "there was nothing to take it from";
    forget();
    bring("large", changed(first_, 1));
    EXPECT_LT(wire_bytes_, kOne);
    EXPECT_EQ(offers_, kChunks);
    EXPECT_LT(status().wire_bytes_sent, first_.size() + kOne + 10'000);
    EXPECT_EQ(status().bytes_sent, 2 * first_.size());
    expect_no_remains(kChunks);
}

TEST_F(Reuse, takes_chunks_from_wherever_they_are) {
    add_rule();
    bring("large", first_);
    forget();
    bring("large", noise(kChunkBytes, 7) + first_);
    EXPECT_LT(wire_bytes_, kOne) << "a chunk before all others";
    forget();
    bring("large", first_.substr(0, kChunkBytes));
    EXPECT_LT(wire_bytes_, 100'000U) << "shorter";
}

TEST_F(Reuse, asks_nothing_for_what_has_nothing_in_common) {
    add_rule();
    bring("large", first_);
    bring("large", noise(first_.size(), 2));
    bring("large", noise(100));
    bring("large", noise(kChunkBytes / 2, 3));
    EXPECT_EQ(offers_, 0U);
}

TEST_F(Reuse, knows_versions_below_a_marker) {
    for (Site* site : {&west, &east}) {
        const std::string bucket = site == &west ? "here" : "there";
        ASSERT_TRUE(site->run(site->buckets->put_bucket_versioning(
            site->caller, BucketName(bucket), Versioning::Enabled)));
    }
    add_rule();
    bring("large", first_);
    ASSERT_TRUE(west.remove("here", "large"));
    ASSERT_TRUE(settle());
    forget();
    bring("large", changed(first_, 0));
    EXPECT_LT(wire_bytes_, kOne);
    EXPECT_EQ(east.versions("there").size(), 3U);
}

TEST_F(Reuse, compares_plain_bytes_of_encrypted_objects) {
    ASSERT_TRUE(east.run(east.buckets->put_bucket_encryption(
        east.caller, BucketName("there"), Encryption{.kind = EncryptionKind::Aes256})));
    add_rule();
    bring("large", first_);
    forget();
    bring("large", changed(first_, 1));
    EXPECT_LT(wire_bytes_, kOne);
    EXPECT_EQ(east.describe("there", "large")->encryption.kind, EncryptionKind::Aes256);
}

TEST_F(Reuse, sends_what_cannot_be_read_there) {
    add_rule();
    bring("large", first_);
    forget();
    east.blobs().fail_reads(Error{ErrorCode::Corrupt, "too few shards"});
    const std::string second = changed(first_, 1);
    ASSERT_TRUE(west.put("here", "large", second));
    ASSERT_TRUE(settle());
    east.blobs().fail_reads(std::nullopt);
    EXPECT_EQ(east.get("there", "large"), second);
    EXPECT_GT(offers_, 0U);
    EXPECT_GE(wire_bytes_, kChunks * kChunkBytes);
}

TEST_F(Reuse, is_not_asked_of_a_region_of_an_older_version) {
    east.door.answered = [](const http::Request& request, http::Response& response) {
        if (is_about(request, "rule") || is_about(request, "announce")) {
            response.text.clear();
        }
    };
    add_rule();
    bring("large", first_);
    forget();
    bring("large", changed(first_, 1));
    EXPECT_EQ(offers_, 0U);
    EXPECT_GE(wire_bytes_, first_.size());
}

TEST_F(Reuse, holds_when_the_link_loses_and_repeats_and_either_side_starts_again) {
    add_rule();
    bring("large", first_);
    forget();
    east.door.weather = {.lost = 100, .unheard = 100, .repeated = 100, .late = 100};
    const std::string second = changed(first_, 1);
    ASSERT_TRUE(west.put("here", "large", second));
    ASSERT_TRUE(west.wait_until([this] { return offers_ >= 2; }));
    for (Site* site : {&west, &east}) {
        site->close();
        site->open(all());
    }
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("there", "large"), second);
    EXPECT_EQ(west.totals("here").slots, east.totals("there").slots);
    EXPECT_LT(wire_bytes_, 3 * kOne) << "also what was lost counts";
    expect_no_remains(kChunks);
}

/// What the door of the receiver does with one chunk.
class TakeChunk : public Reuse {
  protected:
    void SetUp() override {
        Reuse::SetUp();
        add_rule();
        bring("large", first_);
    }

    Result<bool> take(std::uint64_t offset, const std::string& expected, std::string key) {
        const object::Chunk chunk{.number = 1,
                                  .size_bytes = expected.size(),
                                  .crc64 = crypto::crc64(as_bytes(expected)),
                                  .encryption = {}};
        object::BasisChunk from{.key = std::move(key),
                                .offset = offset,
                                .sha256 = to_string(crypto::sha256(as_bytes(expected)).bytes())};
        return east.run(east.replicas().take_chunk(
            east.catalog().find_bucket(BucketName("there")), "t", chunk, std::move(from)));
    }

    std::size_t taken() {
        return east
            .run(east.replicas().list_chunks(east.catalog().find_bucket(BucketName("there")), "t"))
            .value()
            .size();
    }

    const std::string piece_ = first_.substr(kChunkBytes, kChunkBytes);
};

TEST_F(TakeChunk, takes_nothing_but_the_bytes_that_were_named) {
    EXPECT_EQ(take(kChunkBytes + 1, piece_, "large"), false) << "other bytes";
    EXPECT_EQ(take(kChunkBytes, changed(piece_, 0), "large"), false);
    EXPECT_EQ(take(kChunks * kChunkBytes, piece_, "large"), false) << "beyond the end";
    EXPECT_EQ(take(~std::uint64_t{0}, piece_, "large"), false);
    EXPECT_EQ(take(kChunkBytes, piece_, "larg"), false) << "another key";
    EXPECT_EQ(take(kChunkBytes, piece_, ""), false);
    EXPECT_EQ(taken(), 0U);

    EXPECT_EQ(take(kChunkBytes, piece_, "large"), true);
    EXPECT_EQ(take(kChunkBytes, piece_, "large"), true) << "again";
    EXPECT_EQ(taken(), 1U);
}

}  // namespace
}  // namespace antipode::replication::sites

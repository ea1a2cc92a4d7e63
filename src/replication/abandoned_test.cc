#include "catalog/garbage.h"
#include "crypto/crc.h"
#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class Abandoned : public TwoRegions {
  protected:
    void SetUp() override {
        TwoRegions::SetUp();
        make_buckets(false);
    }

    std::shared_ptr<catalog::OpenBucket> there() {
        return east->catalog_.find_bucket(BucketName("there"));
    }

    Result<void> put_chunk(std::uint32_t number) {
        const Bytes bytes(100'000, std::byte{7});
        object::Chunk chunk{
            .number = number, .size_bytes = bytes.size(), .crc64 = crypto::crc64(bytes)};
        return east->run(east->replicas_.put_chunk(
            there(), "transfer", chunk, std::make_unique<runtime::MemorySource>(bytes)));
    }

    std::size_t chunks() {
        return east->run(east->replicas_.list_chunks(there(), "transfer")).value().size();
    }

    std::uint64_t end(runtime::Duration grace) {
        return east->run(east->replicas_.end_abandoned_transfers(there(), grace)).value();
    }
};

TEST_F(Abandoned, transfers_give_their_bytes_back_after_the_grace) {
    ASSERT_TRUE(put_chunk(1));
    ASSERT_TRUE(put_chunk(2));

    EXPECT_EQ(end(1h), 0U) << "a sender may still go on with it";
    EXPECT_EQ(chunks(), 2U);
    EXPECT_EQ(end(0s), 1U);

    EXPECT_EQ(chunks(), 0U);
    EXPECT_EQ(end(0s), 0U);
}

TEST_F(Abandoned, transfers_begin_anew_when_the_sender_comes_back_after_all) {
    ASSERT_TRUE(put_chunk(1));
    ASSERT_EQ(end(0s), 1U);

    EXPECT_TRUE(put_chunk(1));
    EXPECT_EQ(chunks(), 1U);
}

TEST_F(Abandoned, chunks_are_refused_while_those_before_are_being_removed) {
    std::vector<index::Write> writes;
    writes.push_back(catalog::garbage_row("transfer"));
    ASSERT_TRUE(east->run(there()->partition().commit({}, std::move(writes), std::nullopt)));

    EXPECT_EQ(put_chunk(1).error().code, ErrorCode::Unavailable) << "a retry helps";
    EXPECT_EQ(east->run(east->replicas_.list_chunks(there(), "transfer")).error().code,
              ErrorCode::Unavailable);
}

TEST_F(Abandoned, large_objects_arrive_though_their_chunks_were_taken_away_again_and_again) {
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    const std::string large(9'000'000, 'x');
    ASSERT_TRUE(west->put("here", "large", large));
    for (int i = 0; i < 20; ++i) {
        end(0s);
    }

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(east->get("there", "large"), large);
    EXPECT_EQ(end(0s), 0U);
    EXPECT_EQ(east->get("there", "large"), large) << "what a version names stays";
}

}  // namespace
}  // namespace antipode::replication

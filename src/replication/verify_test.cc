#include <algorithm>

#include "codec/hex.h"
#include "replication/statement.h"
#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class Verifying : public TwoRegions {
  protected:
    /// Takes a replica away behind replication's back.
    void lose(const std::string& key) {
        const auto bucket = east->catalog_.find_bucket(BucketName("there"));
        catalog::PurgeVersion purge{.key = key,
                                    .order = {},
                                    .removal_order = {},
                                    .arrived_from = "cn-hangzhou",
                                    .region = "cn-beijing",
                                    .use_tombstones = false};
        ASSERT_TRUE(east->run(catalog::purge_version(bucket->partition(), std::move(purge))));
    }
};

TEST_F(Verifying, gives_a_signed_statement_when_both_sides_are_equal) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));

    const Verification outcome = west->verify("here");

    EXPECT_TRUE(outcome.is_identical);
    EXPECT_NE(outcome.statement.find("source: cn-hangzhou/here\n"), std::string::npos);
    EXPECT_NE(outcome.statement.find("destination: cn-beijing/there\n"), std::string::npos);
    EXPECT_NE(outcome.statement.find("digest: " + outcome.digest + "\n"), std::string::npos);
    EXPECT_TRUE(is_signed_by(outcome.public_key, outcome.statement, outcome.signature));
    EXPECT_EQ(west->run(west->manager_->statement_key()).value(), outcome.public_key);
}

TEST_F(Verifying, refuses_a_statement_that_was_changed_or_signed_elsewhere) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    const Verification outcome = west->verify("here");
    const std::string other = east->run(east->manager_->statement_key()).value();

    EXPECT_FALSE(is_signed_by(outcome.public_key, outcome.statement + " ", outcome.signature));
    EXPECT_FALSE(is_signed_by(other, outcome.statement, outcome.signature));
    EXPECT_FALSE(is_signed_by("no hex", outcome.statement, outcome.signature));
}

TEST_F(Verifying, names_what_is_missing_and_says_nothing_signed) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->put("here", "b", "2"));
    ASSERT_TRUE(west->verify("here").is_identical);
    lose("b");

    const Verification outcome = west->verify("here");

    EXPECT_FALSE(outcome.is_identical);
    ASSERT_EQ(outcome.differences.size(), 1U);
    EXPECT_EQ(outcome.differences[0].key, "b");
    EXPECT_TRUE(outcome.statement.empty());
    EXPECT_TRUE(outcome.signature.empty());
}

TEST_F(Verifying, mends_small_and_large_objects_that_are_missing) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    const std::string large(5'000'000, 'x');
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->put("here", "large", large));
    ASSERT_TRUE(west->verify("here").is_identical);
    lose("a");
    // A removal by a client there leaves a tombstone; the operator's word goes before it.
    ASSERT_TRUE(east->remove("there", "large"));

    const Verification outcome = west->verify("here", true);

    EXPECT_TRUE(outcome.is_identical);
    EXPECT_EQ(outcome.mended, 2U);
    EXPECT_EQ(east->get("there", "a"), "1");
    EXPECT_EQ(east->get("there", "large"), large);
    EXPECT_EQ(west->status("here").exceptions, 0U);
}

TEST_F(Verifying, mends_metadata_that_differ) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);
    const auto bucket = east->catalog_.find_bucket(BucketName("there"));
    catalog::ChangeAttributes change{.key = "a",
                                     .order = {},
                                     .is_null = true,
                                     .region = "cn-beijing",
                                     .change = [](ObjectVersion& version) -> Result<void> {
                                         version.attributes.tags = {{"by", "mistake"}};
                                         return {};
                                     }};
    ASSERT_TRUE(east->run(catalog::change_attributes(bucket->partition(), std::move(change))));
    ASSERT_FALSE(west->verify("here").is_identical);

    EXPECT_TRUE(west->verify("here", true).is_identical);
    EXPECT_EQ(east->get("there", "a"), "1");
}

TEST_F(Verifying, does_not_overwrite_something_newer_at_the_destination) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);
    ASSERT_TRUE(east->put("there", "a", "newer"));

    const Verification outcome = west->verify("here", true);

    EXPECT_FALSE(outcome.is_identical);
    EXPECT_EQ(east->get("there", "a"), "newer");
}

}  // namespace
}  // namespace antipode::replication

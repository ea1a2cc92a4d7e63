#include "catalog/lifecycle_rows.h"

#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "index/memory_store.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

namespace antipode::catalog {
namespace {

LifecycleRule full_rule() {
    LifecycleRule rule;
    rule.id = "full";
    rule.dialect = RuleDialect::S3Legacy;
    rule.is_enabled = false;
    rule.prefix = "logs/";
    rule.tags = {{"a", "1"}, {"b", ""}};
    rule.bytes_above = 7;
    rule.bytes_below = 1ULL << 50U;
    rule.exclusions = {{.prefix = "logs/kept", .tag = {}},
                       {.prefix = "logs/", .tag = std::pair<std::string, std::string>("k", "v")}};
    rule.expiration = LifecycleTime{.days = {}, .date_ms = 100 * kDayMs};
    rule.removes_lone_markers = true;
    rule.transitions = {{.when = {.days = 30, .date_ms = {}}}};
    rule.noncurrent_expiration = {.days = 60, .kept = 3};
    rule.noncurrent_transitions = {{.when = {.days = 5, .kept = 2}}};
    rule.abort_uploads = LifecycleTime{.days = 7, .date_ms = {}};
    return rule;
}

TEST(LifecycleRows, keep_everything_of_a_rule) {
    LifecycleRule plain;
    plain.id = "plain";
    plain.expiration = LifecycleTime{.days = 1, .date_ms = {}};
    const LifecycleRules rules = {full_rule(), plain};

    const auto read = decode_lifecycle(encode(rules));

    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, rules);
}

TEST(LifecycleRows, that_are_cut_or_of_another_format_are_refused) {
    std::string record = encode({full_rule()});

    EXPECT_EQ(decode_lifecycle(record.substr(0, record.size() - 1)).error().code,
              ErrorCode::Corrupt);
    EXPECT_EQ(decode_lifecycle(record + "x").error().code, ErrorCode::Corrupt);
    record[0] = 2;
    EXPECT_FALSE(decode_lifecycle(record));
    EXPECT_FALSE(decode_lifecycle({}));
}

/// A catalogue that is opened again and again over the same rows.
class LifecycleOfBuckets : public ::testing::Test {
  protected:
    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    void SetUp() override { reopen(); }

    void reopen() {
        catalog_.emplace(index_, CatalogOptions{.region = "cn-hangzhou"});
        ASSERT_TRUE(run(catalog_->load()));
    }

    std::shared_ptr<OpenBucket> make(const std::string& name) {
        Bucket bucket;
        bucket.name = BucketName(name);
        return run(catalog_->create_bucket(std::move(bucket))).value();
    }

    std::shared_ptr<OpenBucket> find(const std::string& name) {
        return catalog_->find_bucket(BucketName(name));
    }

    static LifecycleRules many(std::size_t count, std::size_t prefix_bytes) {
        LifecycleRules rules;
        for (std::size_t i = 0; i < count; ++i) {
            LifecycleRule rule = full_rule();
            rule.id = std::to_string(i);
            rule.prefix.assign(prefix_bytes, 'p');
            rules.push_back(std::move(rule));
        }
        return rules;
    }

    runtime::SimExecutor executor_{1};
    index::MemoryStore index_;
    std::optional<Catalog> catalog_;
};

TEST_F(LifecycleOfBuckets, is_there_again_after_a_restart_however_many_rules_there_are) {
    const LifecycleRules rules = many(1000, 300);
    ASSERT_GT(encode(rules).size(), 4 * index::kValueBytesMax);
    make("with");
    make("without");
    ASSERT_TRUE(run(catalog_->put_lifecycle(*find("with"), rules)));
    reopen();

    ASSERT_TRUE(find("with")->lifecycle());
    EXPECT_EQ(*find("with")->lifecycle(), rules);
    EXPECT_EQ(find("without")->lifecycle(), nullptr);
}

TEST_F(LifecycleOfBuckets, is_replaced_as_a_whole_and_removed) {
    make("bucket");
    ASSERT_TRUE(run(catalog_->put_lifecycle(*find("bucket"), many(1000, 300))));
    ASSERT_TRUE(run(catalog_->put_lifecycle(*find("bucket"), many(2, 1))));
    reopen();
    ASSERT_TRUE(find("bucket")->lifecycle());
    EXPECT_EQ(*find("bucket")->lifecycle(), many(2, 1));

    ASSERT_TRUE(run(catalog_->put_lifecycle(*find("bucket"), {})));
    EXPECT_EQ(find("bucket")->lifecycle(), nullptr);
    reopen();
    EXPECT_EQ(find("bucket")->lifecycle(), nullptr);
}

TEST_F(LifecycleOfBuckets, survives_other_changes_of_the_bucket_and_goes_with_it) {
    make("bucket");
    ASSERT_TRUE(run(catalog_->put_lifecycle(*find("bucket"), many(1, 1))));
    const auto tag = [](Bucket& bucket) -> Result<void> {
        bucket.tags = {{"k", "v"}};
        return {};
    };
    ASSERT_TRUE(run(catalog_->change_bucket(*find("bucket"), tag)));
    EXPECT_NE(find("bucket")->lifecycle(), nullptr);
    ASSERT_TRUE(run(catalog_->remove_bucket(find("bucket"))));
    make("bucket");
    EXPECT_EQ(find("bucket")->lifecycle(), nullptr);
    reopen();
    EXPECT_EQ(find("bucket")->lifecycle(), nullptr);
}

TEST_F(LifecycleOfBuckets, too_large_is_refused_and_leaves_what_was_there) {
    make("bucket");
    ASSERT_TRUE(run(catalog_->put_lifecycle(*find("bucket"), many(1, 1))));
    const auto put = run(catalog_->put_lifecycle(*find("bucket"), many(1000, 1000)));

    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, ErrorCode::EntityTooLarge);
    EXPECT_EQ(*find("bucket")->lifecycle(), many(1, 1));
}

}  // namespace
}  // namespace antipode::catalog

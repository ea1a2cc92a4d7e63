#include "replication/sites_harness.h"

// Retention at either end: the table of docs/replication.md, row by row. What is kept somewhere is
// kept there, whatever the other side does.
namespace antipode::replication::sites {
namespace {

class RetainedObjects : public Sites {
  protected:
    void SetUp() override {
        Sites::SetUp();
        west.make_bucket("here");
        east.make_bucket("there");
        ASSERT_TRUE(west.add_rule("here", east, "there"));
    }

    static void change(Site& site, const std::string& bucket, RetentionStep step) {
        ASSERT_TRUE(site.run(site.buckets->change_retention(
            site.caller, BucketName(bucket), {.step = step, .id = {}, .days = 1})));
    }

    static void lock(Site& site, const std::string& bucket) {
        change(site, bucket, RetentionStep::Initiate);
        change(site, bucket, RetentionStep::Complete);
    }

    std::vector<ReplicationException> exceptions() {
        return west.run(west.manager->exceptions("here", {})).value();
    }

    /// `count` changes stay away, said with the reason, and in nobody's way.
    void expect_excluded(std::size_t count) {
        ASSERT_TRUE(west.put("here", "another", "new"));
        ASSERT_TRUE(settle());
        EXPECT_EQ(east.get("there", "another"), "new");
        const auto listed = exceptions();
        ASSERT_EQ(listed.size(), count);
        for (const ReplicationException& one : listed) {
            EXPECT_TRUE(one.is_excluded);
            EXPECT_NE(one.reason.find("under retention"), std::string::npos) << one.reason;
        }
        const auto status = west.run(west.manager->status({})).value().front();
        EXPECT_EQ(status.backlog_operations, 0U);
        EXPECT_GE(status.recovery_point_ms, west.describe("here", "another")->last_modified_ms);
    }
};

TEST_F(RetainedObjects, there_are_not_overwritten_nor_deleted_by_what_happens_here) {
    const std::string large(2'500'000, 'x');
    for (const char* key : {"small", "large", "deleted", "tagged"}) {
        ASSERT_TRUE(west.put("here", key, "kept"));
    }
    ASSERT_TRUE(settle());
    lock(east, "there");

    ASSERT_TRUE(west.put("here", "small", "other"));
    ASSERT_TRUE(west.put("here", "large", large));
    ASSERT_TRUE(west.remove("here", "deleted"));
    ASSERT_TRUE(west.tag("here", "tagged", {{"a", "b"}}));

    expect_excluded(3);
    for (const char* key : {"small", "large", "deleted", "tagged"}) {
        EXPECT_EQ(east.get("there", key), "kept") << key;
    }
    EXPECT_EQ(east.describe("there", "tagged")->attributes.tags, (NamedValues{{"a", "b"}}))
        << "tags are not what is retained";
}

TEST_F(RetainedObjects, there_are_not_overwritten_by_history_nor_by_a_client) {
    ASSERT_TRUE(settle());
    east.make_bucket("other");
    west.make_bucket("old");
    ASSERT_TRUE(east.put("other", "k", "kept"));
    lock(east, "other");
    ASSERT_TRUE(west.put("old", "k", "history"));
    ASSERT_TRUE(west.add_rule("old", east, "other"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.get("other", "k"), "kept");
    EXPECT_EQ(east.put("other", "k", "mine").error().code, ErrorCode::ObjectImmutable);
}

TEST_F(RetainedObjects, follow_when_they_are_retained_no_more) {
    ASSERT_TRUE(west.put("here", "k", "kept"));
    ASSERT_TRUE(settle());
    change(east, "there", RetentionStep::Initiate);
    ASSERT_TRUE(west.put("here", "k", "other"));
    expect_excluded(1);

    change(east, "there", RetentionStep::Abort);

    EXPECT_TRUE(west.wait_until([this] { return exceptions().empty(); }));
    EXPECT_EQ(east.get("there", "k"), "other");
}

TEST_F(RetainedObjects, made_here_travel_to_where_they_are_retained_too) {
    lock(west, "here");
    lock(east, "there");
    ASSERT_TRUE(west.put("here", "k", "kept"));

    EXPECT_EQ(west.put("here", "k", "other").error().code, ErrorCode::ObjectImmutable);
    EXPECT_EQ(west.remove("here", "k").error().code, ErrorCode::ObjectImmutable);
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("there", "k"), "kept");
    EXPECT_TRUE(exceptions().empty());
    EXPECT_EQ(west.totals("here").slots, east.totals("there").slots);
}

}  // namespace
}  // namespace antipode::replication::sites

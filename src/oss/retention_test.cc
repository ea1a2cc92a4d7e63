#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

class RetentionPolicy : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    Answer worm(std::string method, std::string query, std::string body = {}) {
        return ask({.method = std::move(method),
                    .bucket = "bucket",
                    .query = std::move(query),
                    .body = std::move(body)});
    }

    Answer initiate(const std::string& days) {
        return worm("POST",
                    "worm",
                    "<InitiateWormConfiguration><RetentionPeriodInDays>" + days +
                        "</RetentionPeriodInDays></InitiateWormConfiguration>");
    }

    Answer extend(const std::string& id, const std::string& days) {
        return worm("POST",
                    "wormExtend&wormId=" + id,
                    "<ExtendWormConfiguration><RetentionPeriodInDays>" + days +
                        "</RetentionPeriodInDays></ExtendWormConfiguration>");
    }

    std::string lock(const std::string& days) {
        std::string id = initiate(days).header("x-oss-worm-id");
        EXPECT_EQ(worm("POST", "wormId=" + id).status, 200);
        return id;
    }

    void pass_days(int days) { executor.jump_wall_clock(std::chrono::hours(24 * days)); }
};

TEST_F(RetentionPolicy, is_on_trial_for_a_day_and_lapses) {
    EXPECT_EQ(worm("GET", "worm").code(), "NoSuchWORMConfiguration");
    const Answer made = initiate("30");
    ASSERT_EQ(made.status, 200) << made.body;
    const codec::XmlElement shown = worm("GET", "worm").xml();

    EXPECT_EQ(shown.name, "WormConfiguration");
    EXPECT_EQ(shown.child_text("WormId"), made.header("x-oss-worm-id"));
    EXPECT_EQ(shown.child_text("State"), "InProgress");
    EXPECT_EQ(shown.child_text("RetentionPeriodInDays"), "30");
    EXPECT_FALSE(shown.child_text("CreationDate").empty());
    EXPECT_EQ(initiate("30").code(), "WORMConfigurationAlreadyExists");
    pass_days(1);
    EXPECT_EQ(worm("GET", "worm").status, 404);
    EXPECT_EQ(initiate("30").status, 200);
    EXPECT_EQ(worm("DELETE", "worm").status, 204);
    EXPECT_EQ(worm("DELETE", "worm").code(), "NoSuchWORMConfiguration");
}

TEST_F(RetentionPolicy, is_locked_for_good_and_can_only_be_extended) {
    const std::string id = lock("30");

    EXPECT_EQ(worm("GET", "worm").xml().child_text("State"), "Locked");
    const Answer taken_back = worm("DELETE", "worm");
    EXPECT_EQ(taken_back.status, 403);
    EXPECT_EQ(taken_back.code(), "WORMConfigurationLocked");
    EXPECT_EQ(extend(id, "30").code(), "InvalidWORMConfiguration");
    EXPECT_EQ(extend("other", "31").code(), "NoSuchWORMConfiguration");
    EXPECT_EQ(extend(id, "31").status, 200);
    EXPECT_EQ(worm("GET", "worm").xml().child_text("RetentionPeriodInDays"), "31");
    pass_days(2);
    EXPECT_EQ(worm("GET", "worm").xml().child_text("State"), "Locked");
}

TEST_F(RetentionPolicy, has_one_to_25550_days) {
    for (const char* days : {"0", "25551", "-1", "x", "99999999999999999999"}) {
        EXPECT_EQ(initiate(days).code(), "InvalidWORMConfiguration") << days;
    }
    EXPECT_EQ(worm("POST", "worm", "<Other/>").code(), "MalformedXML");
    EXPECT_EQ(worm("POST", "worm").code(), "MalformedXML");
    EXPECT_EQ(worm("GET", "worm").status, 404) << "nothing was made by what was refused";
    EXPECT_EQ(ask_as_other({.method = "GET", .bucket = "bucket", .query = "worm"}).code(),
              "AccessDenied");
    EXPECT_EQ(initiate("25550").status, 200);
}

TEST_F(RetentionPolicy, goes_with_unversioned_buckets_only) {
    const auto version = [this](const std::string& status) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .query = "versioning",
                    .body = "<VersioningConfiguration><Status>" + status +
                            "</Status></VersioningConfiguration>"});
    };
    lock("1");
    EXPECT_EQ(version("Enabled").code(), "InvalidBucketStatus");

    make_bucket("versioned");
    const Answer enabled = ask({.method = "PUT",
                                .bucket = "versioned",
                                .query = "versioning",
                                .body = "<VersioningConfiguration><Status>Enabled</Status>"
                                        "</VersioningConfiguration>"});
    ASSERT_EQ(enabled.status, 200);
    const Answer refused = ask({.method = "POST",
                                .bucket = "versioned",
                                .query = "worm",
                                .body = "<InitiateWormConfiguration><RetentionPeriodInDays>1"
                                        "</RetentionPeriodInDays></InitiateWormConfiguration>"});
    EXPECT_EQ(refused.code(), "InvalidBucketStatus");
}

TEST_F(RetentionPolicy, keeps_what_is_there_from_being_changed_or_removed_until_its_days_are_over) {
    put("k", "v");
    const Answer grown = ask({.method = "POST",
                              .bucket = "bucket",
                              .key = "log",
                              .query = "append&position=0",
                              .body = "a"});
    ASSERT_EQ(grown.status, 200) << grown.body;
    lock("2");

    const Answer overwritten = put("k", "w");
    EXPECT_EQ(overwritten.status, 409);
    EXPECT_EQ(overwritten.code(), "FileImmutable");
    const auto about = [this](const char* method, const char* key, const char* query = "") {
        return ask({.method = method, .bucket = "bucket", .key = key, .query = query, .body = "b"})
            .code();
    };
    EXPECT_EQ(about("DELETE", "k"), "FileImmutable");
    EXPECT_EQ(about("DELETE", "k", "versionId=null"), "FileImmutable");
    EXPECT_EQ(about("POST", "log", "append&position=1"), "FileImmutable");
    EXPECT_EQ(put("k", "", {{"x-oss-copy-source", "/bucket/log"}}).code(), "FileImmutable");
    const Answer many = ask({.method = "POST",
                             .bucket = "bucket",
                             .query = "delete",
                             .body = "<Delete><Object><Key>k</Key></Object></Delete>"});
    EXPECT_FALSE(many.body.contains("<Deleted>")) << many.body;
    EXPECT_EQ(get("k").body, "v");
    EXPECT_EQ(put("new", "n").status, 200);
    EXPECT_EQ(ask({.method = "PUT",
                   .bucket = "bucket",
                   .key = "k",
                   .query = "acl",
                   .headers = {{"x-oss-object-acl", "private"}}})
                  .status,
              200);

    pass_days(2);
    EXPECT_EQ(put("k", "w").status, 200);
    EXPECT_EQ(get("k").body, "w");
    EXPECT_EQ(about("DELETE", "k"), "FileImmutable") << "what is new has its own days";
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .key = "log"}).status, 204);
}

}  // namespace
}  // namespace antipode::oss

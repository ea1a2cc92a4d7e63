#include "model/replication_rule.h"

#include <gtest/gtest.h>

namespace antipode {
namespace {

ReplicationRule rule(std::string id) {
    ReplicationRule out;
    out.id = std::move(id);
    out.target_bucket = BucketName("there");
    out.target_region = "cn-beijing";
    return out;
}

ObjectVersion version(std::string key, NamedValues tags = {}) {
    ObjectVersion out;
    out.key = std::move(key);
    out.attributes.tags = std::move(tags);
    return out;
}

ObjectVersion marker(std::string key) {
    ObjectVersion out = version(std::move(key));
    out.is_delete_marker = true;
    return out;
}

TEST(ReplicationRule, takes_everything_without_filters) {
    EXPECT_TRUE(takes_version(rule("r"), version("a", {{"k", "v"}})));
    EXPECT_TRUE(takes_version(rule("r"), marker("a")));
}

TEST(ReplicationRule, takes_what_any_of_its_prefixes_begins) {
    ReplicationRule filtered = rule("r");
    filtered.prefixes = {"img/", "video/"};

    EXPECT_TRUE(takes_version(filtered, version("img/1")));
    EXPECT_TRUE(takes_version(filtered, version("video/")));
    EXPECT_FALSE(takes_version(filtered, version("img")));
    EXPECT_FALSE(takes_version(filtered, version("doc/img/")));
}

TEST(ReplicationRule, takes_nothing_new_without_put) {
    ReplicationRule deletes = rule("r");
    deletes.actions = kReplicateDelete;

    EXPECT_FALSE(takes_version(deletes, version("a")));
}

TEST(ReplicationRule, compares_all_tags_or_any_exactly) {
    ReplicationRule all = rule("r");
    all.tags = {{"a", "1"}, {"b", "2"}};
    ReplicationRule any = all;
    any.any_tag = true;

    EXPECT_TRUE(takes_version(all, version("k", {{"b", "2"}, {"a", "1"}, {"c", "3"}})));
    EXPECT_FALSE(takes_version(all, version("k", {{"a", "1"}})));
    EXPECT_FALSE(takes_version(all, version("k", {{"A", "1"}, {"b", "2"}})));
    EXPECT_TRUE(takes_version(any, version("k", {{"b", "2"}})));
    EXPECT_FALSE(takes_version(any, version("k", {{"a", "2"}, {"b", "1"}})));
    EXPECT_FALSE(takes_version(any, version("k")));
    EXPECT_FALSE(takes_version(any, marker("k"))) << "a marker has no tags";
}

TEST(ReplicationRule, leaves_markers_out_when_it_says_so) {
    ReplicationRule without = rule("r");
    without.delete_markers = false;

    EXPECT_FALSE(takes_version(without, marker("a")));
    EXPECT_TRUE(takes_version(without, version("a")));
}

TEST(ReplicationRule, is_outranked_only_by_a_fitting_rule_to_the_same_destination) {
    ReplicationRule low = rule("low");
    low.priority = 1;
    ReplicationRule high = rule("high");
    high.priority = 2;
    high.prefixes = {"img/"};
    std::vector<ReplicationRule> rules{low, high};

    EXPECT_TRUE(is_outranked(low, rules, version("img/1")));
    EXPECT_FALSE(is_outranked(low, rules, version("doc/1")));
    EXPECT_FALSE(is_outranked(high, rules, version("img/1")));
    rules[1].is_enabled = false;
    EXPECT_FALSE(is_outranked(low, rules, version("img/1")));
    rules[1].is_enabled = true;
    rules[1].status = ReplicationStatus::Closing;
    EXPECT_FALSE(is_outranked(low, rules, version("img/1")));
    rules[1].status = ReplicationStatus::Doing;
    rules[1].target_bucket = BucketName("elsewhere");
    EXPECT_FALSE(is_outranked(low, rules, version("img/1")));
}

}  // namespace
}  // namespace antipode

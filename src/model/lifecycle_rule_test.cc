#include "model/lifecycle_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace antipode {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNoonMs = 100 * kDayMs + kDayMs / 2;

LifecycleTime days(std::uint32_t count) {
    return {.days = count, .date_ms = {}};
}

LifecycleTime date(std::int64_t day) {
    return {.days = {}, .date_ms = day * kDayMs};
}

LifecycleRule expiring(std::uint32_t after, std::string prefix = {}) {
    LifecycleRule rule;
    rule.id = "r-" + prefix;
    rule.prefix = std::move(prefix);
    rule.expiration = days(after);
    return rule;
}

LifecycleRule moving(std::uint32_t after) {
    LifecycleRule rule;
    rule.id = "move";
    rule.transitions = {{.when = days(after), .to = StorageClass::InfrequentAccess}};
    return rule;
}

ObjectVersion object(std::string key = "key", std::uint64_t size = 1'000'000) {
    ObjectVersion version;
    version.key = std::move(key);
    version.size_bytes = size;
    version.last_modified_ms = kNoonMs;
    return version;
}

LifecycleDeed deed(const LifecycleRule& rule,
                   const LifecycleSubject& subject,
                   std::int64_t now_ms) {
    return decide_lifecycle({rule}, subject, now_ms).deed;
}

LifecycleDeed deed(const LifecycleRule& rule, const ObjectVersion& version, std::int64_t now_ms) {
    return deed(rule, LifecycleSubject{.version = version}, now_ms);
}

std::string refusal(const LifecycleRules& rules, bool allow_overlap = false) {
    const auto checked = check_lifecycle(rules, allow_overlap);
    return checked ? "" : checked.error().message;
}

TEST(Lifecycle, counts_days_to_the_midnight_behind_them) {
    const ObjectVersion version = object();

    EXPECT_EQ(deed(expiring(3), version, 104 * kDayMs - 1), LifecycleDeed::None);
    EXPECT_EQ(deed(expiring(3), version, 104 * kDayMs), LifecycleDeed::Expire);
    ObjectVersion at_midnight = version;
    at_midnight.last_modified_ms = 100 * kDayMs;
    EXPECT_EQ(deed(expiring(3), at_midnight, 103 * kDayMs), LifecycleDeed::Expire);
    EXPECT_EQ(deed(expiring(3), at_midnight, 103 * kDayMs - 1), LifecycleDeed::None);
}

TEST(Lifecycle, takes_a_date_as_its_dialect_means_it) {
    LifecycleRule rule = expiring(1);
    rule.expiration = date(100);
    const ObjectVersion after = object();
    ObjectVersion before = object();
    before.last_modified_ms = 99 * kDayMs;

    EXPECT_EQ(deed(rule, before, 101 * kDayMs), LifecycleDeed::Expire);
    EXPECT_EQ(deed(rule, before, 100 * kDayMs - 1), LifecycleDeed::None) << "not before the date";
    EXPECT_EQ(deed(rule, after, 500 * kDayMs), LifecycleDeed::None) << "OSS: created before";
    rule.dialect = RuleDialect::S3;
    EXPECT_EQ(deed(rule, after, 101 * kDayMs), LifecycleDeed::Expire) << "S3: from then on";
    EXPECT_EQ(deed(rule, after, 100 * kDayMs - 1), LifecycleDeed::None);
}

TEST(Lifecycle, acts_on_what_prefix_tags_sizes_and_exclusions_mean) {
    LifecycleRule rule = expiring(1, "logs/");
    rule.tags = {{"a", "1"}};
    rule.bytes_above = 10;
    rule.bytes_below = 100;
    rule.exclusions = {
        {.prefix = "logs/kept/", .tag = {}},
        {.prefix = "logs/", .tag = std::pair<std::string, std::string>("keep", "y")}};
    ObjectVersion version = object("logs/x", 50);
    version.attributes.tags = {{"b", "2"}, {"a", "1"}};
    const std::int64_t late = 200 * kDayMs;
    EXPECT_EQ(deed(rule, version, late), LifecycleDeed::Expire);

    const auto spared = [&](auto change) {
        ObjectVersion other = version;
        change(other);
        return deed(rule, other, late) == LifecycleDeed::None;
    };
    EXPECT_TRUE(spared([](ObjectVersion& other) { other.key = "log"; }));
    EXPECT_TRUE(spared([](ObjectVersion& other) { other.attributes.tags = {{"a", "2"}}; }));
    EXPECT_TRUE(spared([](ObjectVersion& other) { other.size_bytes = 10; }));
    EXPECT_TRUE(spared([](ObjectVersion& other) { other.size_bytes = 100; }));
    EXPECT_TRUE(spared([](ObjectVersion& other) { other.key = "logs/kept/x"; }));
    EXPECT_TRUE(
        spared([](ObjectVersion& other) { other.attributes.tags.emplace_back("keep", "y"); }));
    rule.is_enabled = false;
    EXPECT_TRUE(spared([](ObjectVersion&) {}));
}

TEST(Lifecycle, removes_noncurrent_versions_by_the_time_their_successor_came) {
    LifecycleRule rule;
    rule.noncurrent_expiration = {.days = 2, .kept = 1};
    const ObjectVersion version = object();
    LifecycleSubject subject{.version = version,
                             .is_latest = false,
                             .noncurrent_since_ms = 110 * kDayMs,
                             .newer_noncurrent = 1};

    EXPECT_EQ(deed(rule, subject, 112 * kDayMs), LifecycleDeed::RemoveVersion);
    EXPECT_EQ(deed(rule, subject, 112 * kDayMs - 1), LifecycleDeed::None);
    subject.newer_noncurrent = 0;
    EXPECT_EQ(deed(rule, subject, 112 * kDayMs), LifecycleDeed::None) << "the newest one is kept";
    EXPECT_EQ(deed(rule, version, 500 * kDayMs), LifecycleDeed::None) << "it is the latest";
    EXPECT_EQ(deed(expiring(1), subject, 500 * kDayMs), LifecycleDeed::None);
}

TEST(Lifecycle, removes_a_marker_only_when_nothing_else_is_left) {
    ObjectVersion marker = object("key", 0);
    marker.is_delete_marker = true;
    LifecycleRule rule;
    rule.removes_lone_markers = true;
    const LifecycleSubject alone{.version = marker, .is_alone = true};
    const LifecycleSubject with_others{.version = marker};

    EXPECT_EQ(deed(rule, alone, kNoonMs), LifecycleDeed::RemoveMarker);
    EXPECT_EQ(deed(rule, with_others, kNoonMs), LifecycleDeed::None);
    EXPECT_EQ(deed(rule, object(), kNoonMs), LifecycleDeed::None);
    LifecycleRule by_age = expiring(3);
    EXPECT_EQ(deed(by_age, alone, 500 * kDayMs), LifecycleDeed::None) << "OSS has to be told";
    by_age.dialect = RuleDialect::S3;
    EXPECT_EQ(deed(by_age, alone, 104 * kDayMs), LifecycleDeed::RemoveMarker);
    EXPECT_EQ(deed(by_age, alone, 104 * kDayMs - 1), LifecycleDeed::None);
    by_age.bytes_above = 0;
    EXPECT_EQ(deed(by_age, alone, 500 * kDayMs), LifecycleDeed::None) << "a marker has no size";
}

TEST(Lifecycle, moves_to_a_colder_class_once_and_not_back) {
    ObjectVersion version = object();
    const LifecycleDecision decision =
        decide_lifecycle({moving(2)}, {.version = version}, 103 * kDayMs);

    EXPECT_EQ(decision.deed, LifecycleDeed::Transition);
    EXPECT_EQ(decision.to, StorageClass::InfrequentAccess);
    EXPECT_EQ(decision.rule_id, "move");
    EXPECT_EQ(deed(moving(2), version, 103 * kDayMs - 1), LifecycleDeed::None);
    version.attributes.storage_class = StorageClass::InfrequentAccess;
    EXPECT_EQ(deed(moving(2), version, 103 * kDayMs), LifecycleDeed::None);
    LifecycleRule noncurrent;
    noncurrent.noncurrent_transitions = {{.when = {.days = 1, .kept = 0}}};
    const ObjectVersion old = object();
    const LifecycleSubject subject{
        .version = old, .is_latest = false, .noncurrent_since_ms = 110 * kDayMs};
    EXPECT_EQ(deed(noncurrent, subject, 111 * kDayMs), LifecycleDeed::Transition);
    EXPECT_EQ(deed(noncurrent, old, 111 * kDayMs), LifecycleDeed::None);
}

TEST(Lifecycle, leaves_small_objects_in_their_class_as_S3_does_unless_sizes_are_named) {
    const ObjectVersion small = object("key", kS3TransitionBytesMin - 1);
    LifecycleRule rule = moving(1);

    EXPECT_EQ(deed(rule, small, 200 * kDayMs), LifecycleDeed::Transition);
    rule.dialect = RuleDialect::S3;
    EXPECT_EQ(deed(rule, small, 200 * kDayMs), LifecycleDeed::None);
    EXPECT_EQ(deed(rule, object("key", kS3TransitionBytesMin), 200 * kDayMs),
              LifecycleDeed::Transition);
    rule.bytes_above = 500;
    EXPECT_EQ(deed(rule, small, 200 * kDayMs), LifecycleDeed::Transition);
}

TEST(Lifecycle, removes_rather_than_moves) {
    const ObjectVersion version = object();

    const LifecycleDecision decision =
        decide_lifecycle({moving(1), expiring(2)}, {.version = version}, 200 * kDayMs);
    EXPECT_EQ(decision.deed, LifecycleDeed::Expire);
    EXPECT_EQ(decision.rule_id, "r-");
}

TEST(Lifecycle, ends_uploads_by_their_beginning) {
    LifecycleRule rule;
    rule.prefix = "a/";
    rule.abort_uploads = days(1);
    MultipartUpload upload;
    upload.key = "a/b";
    upload.initiated_ms = kNoonMs;

    EXPECT_NE(find_rule_that_aborts({rule}, upload, 102 * kDayMs), nullptr);
    EXPECT_EQ(find_rule_that_aborts({rule}, upload, 102 * kDayMs - 1), nullptr);
    upload.key = "b";
    EXPECT_EQ(find_rule_that_aborts({rule}, upload, 102 * kDayMs), nullptr);
    EXPECT_EQ(find_rule_that_aborts({expiring(1)}, upload, 500 * kDayMs), nullptr);
}

TEST(Lifecycle, tells_when_an_object_will_expire) {
    const auto expiry = expiry_of({expiring(9), expiring(3, "k"), expiring(1, "z")}, object());

    EXPECT_EQ(expiry, (LifecycleExpiry{.at_ms = 104 * kDayMs, .rule_id = "r-k"}));
    EXPECT_EQ(expiry_of({moving(1)}, object()), std::nullopt);
}

TEST(LifecycleCheck, takes_a_thousand_rules_and_no_more) {
    LifecycleRules rules;
    for (std::size_t i = 0; i < kLifecycleRulesMax; ++i) {
        rules.push_back(expiring(1, std::to_string(10'000 + i)));
    }
    EXPECT_EQ(refusal(rules), "");
    rules.push_back(expiring(1, "x"));
    EXPECT_THAT(refusal(rules), HasSubstr("1000"));
    EXPECT_EQ(check_lifecycle({}, false).error().code, ErrorCode::MalformedXml);
}

TEST(LifecycleCheck, wants_ids_that_are_short_and_differ) {
    LifecycleRules rules = {expiring(1, "a"), expiring(1, "b")};
    rules[0].id = std::string(255, 'x');
    EXPECT_EQ(refusal(rules), "");
    rules[0].id += "x";
    EXPECT_THAT(refusal(rules), HasSubstr("255"));
    rules[0].id = rules[1].id;
    EXPECT_THAT(refusal(rules), HasSubstr("unique"));
}

TEST(LifecycleCheck, wants_days_or_a_midnight_and_not_both) {
    LifecycleRule rule = expiring(1);
    EXPECT_EQ(refusal({rule}), "");
    rule.expiration = days(0);
    EXPECT_THAT(refusal({rule}), HasSubstr("positive"));
    rule.expiration = date(7);
    EXPECT_EQ(refusal({rule}), "");
    rule.expiration->date_ms = 7 * kDayMs + 1;
    EXPECT_THAT(refusal({rule}), HasSubstr("midnight"));
    rule.expiration = date(7);
    rule.expiration->days = 1;
    EXPECT_THAT(refusal({rule}), HasSubstr("either days or a date"));
    rule.expiration = LifecycleTime{};
    EXPECT_THAT(refusal({rule}), HasSubstr("either days or a date"));
}

TEST(LifecycleCheck, wants_an_action_and_lone_markers_for_themselves) {
    LifecycleRule rule;
    EXPECT_THAT(refusal({rule}), HasSubstr("at least one action"));
    rule.removes_lone_markers = true;
    EXPECT_EQ(refusal({rule}), "");
    rule.tags = {{"k", "v"}};
    EXPECT_THAT(refusal({rule}), HasSubstr("no tags"));
    rule.tags.clear();
    rule.expiration = days(1);
    EXPECT_THAT(refusal({rule}), HasSubstr("ExpiredObjectDeleteMarker"));
}

TEST(LifecycleCheck, wants_what_comes_later_to_be_later) {
    LifecycleRule rule = moving(30);
    rule.expiration = days(31);
    rule.noncurrent_transitions = {{.when = {.days = 5, .kept = 0}}};
    rule.noncurrent_expiration = {.days = 6, .kept = 0};
    EXPECT_EQ(refusal({rule}), "");
    rule.expiration = days(30);
    EXPECT_THAT(refusal({rule}), HasSubstr("Expiration"));
    rule.expiration.reset();
    rule.noncurrent_expiration->days = 5;
    EXPECT_THAT(refusal({rule}), HasSubstr("NoncurrentVersionExpiration"));
    rule.noncurrent_expiration->days = 0;
    rule.noncurrent_transitions.clear();
    EXPECT_THAT(refusal({rule}), HasSubstr("positive"));
    rule.noncurrent_expiration.reset();
    rule.transitions.push_back(rule.transitions[0]);
    rule.transitions[1].when = days(60);
    EXPECT_THAT(refusal({rule}), HasSubstr("colder"));
}

TEST(LifecycleCheck, wants_filters_that_can_be) {
    LifecycleRule rule = expiring(1, "a/");
    rule.bytes_above = 1;
    rule.bytes_below = 2;
    rule.exclusions = {{.prefix = "a/b", .tag = {}}};
    EXPECT_EQ(refusal({rule}), "");
    rule.bytes_above = 2;
    EXPECT_THAT(refusal({rule}), HasSubstr("ObjectSizeLessThan"));
    rule.bytes_above.reset();
    rule.abort_uploads = days(1);
    EXPECT_THAT(refusal({rule}), HasSubstr("ends uploads"));
    rule.abort_uploads.reset();
    rule.exclusions[0].prefix = "a/";
    EXPECT_THAT(refusal({rule}), HasSubstr("Not"));
    rule.exclusions[0].prefix = "b";
    EXPECT_THAT(refusal({rule}), HasSubstr("Not"));
}

TEST(LifecycleCheck, refuses_the_same_action_twice_for_an_object_unless_it_is_allowed) {
    LifecycleRules rules = {expiring(1, "a/"), expiring(2, "a/b/")};
    EXPECT_THAT(refusal(rules), HasSubstr("overlapping"));
    EXPECT_EQ(refusal(rules, true), "");
    rules[1].prefix = "b/";
    EXPECT_EQ(refusal(rules), "");
    rules[1].prefix = "";
    EXPECT_THAT(refusal(rules), HasSubstr("overlapping"));
    rules[0].tags = {{"k", "1"}};
    EXPECT_THAT(refusal(rules), HasSubstr("overlapping"));
    rules[1].tags = {{"k", "2"}};
    EXPECT_EQ(refusal(rules), "") << "no object has both tags";
    LifecycleRule other = moving(1);
    EXPECT_EQ(refusal({rules[0], other}), "") << "another action";
}

}  // namespace
}  // namespace antipode

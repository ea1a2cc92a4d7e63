#include "server/replication_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace antipode::server {
namespace {

using testing::HasSubstr;
using testing::Not;

replication::RuleStatus rule(const std::string& bucket) {
    replication::RuleStatus status;
    status.bucket = bucket;
    status.rule.id = "r";
    status.rule.target_region = "cn-beijing";
    status.rule.target_bucket = BucketName("there");
    return status;
}

TEST(ReplicationMetrics, show_the_state_of_each_rule_with_its_labels) {
    replication::RuleStatus late = rule("late");
    late.backlog_operations = 7;
    late.oldest_pending_ms = 4000;
    late.lag_p99_ms = 250;
    late.eta_ms = 1500;

    const std::string text = replication_exposition({late, rule("idle")}, 10'000);

    EXPECT_THAT(text,
                HasSubstr(R"(antipode_replication_backlog_operations{bucket="late",rule="r",)"
                          R"(target_region="cn-beijing",target_bucket="there"} 7)"));
    EXPECT_THAT(text, HasSubstr("# TYPE antipode_replication_backlog_operations gauge"));
    EXPECT_THAT(text, HasSubstr("# TYPE antipode_replication_sent_operations_total counter"));
    EXPECT_THAT(text, HasSubstr(R"(antipode_replication_oldest_age_seconds{bucket="late",)"));
    EXPECT_THAT(text, HasSubstr("} 6\n"));
    EXPECT_THAT(text, HasSubstr("} 0.25\n"));
    EXPECT_THAT(text, HasSubstr("} 1.5\n"));
}

TEST(ReplicationMetrics, leave_out_an_end_that_cannot_be_said) {
    EXPECT_THAT(replication_exposition({rule("b")}, 1), Not(HasSubstr("eta_seconds")));
    EXPECT_EQ(replication_exposition({}, 1), "");
}

TEST(ReplicationMetrics, survive_a_name_with_quotes) {
    replication::RuleStatus odd = rule("b");
    odd.rule.id = "a\"b\n";

    EXPECT_THAT(replication_exposition({odd}, 1), HasSubstr(R"(rule="a\"b\n")"));
}

}  // namespace
}  // namespace antipode::server

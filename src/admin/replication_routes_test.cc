#include "admin/replication_routes.h"

#include "admin/admin_harness.h"
#include "admin/fake_replication.h"
#include "codec/hex.h"
#include "replication/statement.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

struct Replicating : Admin {
    Replicating() { api.add("replication", routes); }

    FakeReplication fake;

    static Result<ReplicationRule> parse(const std::string& document) {
        if (document != "<Rule/>") {
            return fail(ErrorCode::MalformedXml, "no rule");
        }
        ReplicationRule rule;
        rule.id = "from-xml";
        return rule;
    }

    ReplicationRoutes routes{fake, parse};
};

TEST_F(Replicating, shows_age_rate_limits_and_an_end_that_cannot_be_told) {
    replication::RuleStatus rule;
    rule.bucket = "here";
    rule.oldest_pending_ms = executor.wall_now().time_since_epoch().count() - 5000;
    rule.operations_per_second = 2.5;
    rule.limits.bytes_per_second = 65536;
    fake.rules.push_back(rule);

    const Answered answered = call("GET", "replication/status");

    const auto& shown = answered.body.at("rules").at(0);
    EXPECT_EQ(shown.at("oldest_age_ms"), 5000);
    EXPECT_EQ(shown.at("operations_per_second"), 2.5);
    EXPECT_EQ(shown.at("limits").at("bytes_per_second"), 65536);
    EXPECT_EQ(shown.at("limits").at("threshold_ms"), 600'000);
    EXPECT_TRUE(shown.at("eta_ms").is_null());
}

TEST_F(Replicating, explains_a_version_rule_by_rule) {
    fake.explanation.key = "k";
    replication::RuleExplanation one;
    one.rule.id = "r";
    one.matches = true;
    one.state.kind = replication::VersionState::Kind::Failed;
    one.state.reason = "refused";
    one.state.tries = 3;
    fake.explanation.rules.push_back(one);

    const Answered answered = call("GET", "replication/explain?bucket=here&key=k");

    EXPECT_EQ(answered.body.at("rules").at(0).at("state"), "failed");
    EXPECT_EQ(answered.body.at("rules").at(0).at("tries"), 3);
    EXPECT_EQ(call("GET", "replication/explain?bucket=here&key=other").status, 404);
    EXPECT_EQ(call("GET", "replication/explain?bucket=here").status, 400);
}

TEST_F(Replicating, hands_on_what_a_verification_is_asked_for) {
    fake.verification.is_identical = true;
    fake.verification.statement = "s";

    const Answered answered =
        call("POST", "replication/verify", R"({"bucket":"here","wait_seconds":5,"repair":true})");

    EXPECT_EQ(answered.body.at("identical"), true);
    EXPECT_EQ(answered.body.at("statement"), "s");
    ASSERT_EQ(fake.verified.size(), 1U);
    EXPECT_TRUE(fake.verified[0].repair);
    EXPECT_EQ(fake.verified[0].patience, 5s);
    EXPECT_EQ(call("POST", "replication/verify", R"({"bucket":"here","repair":"yes"})").status,
              400);
    EXPECT_EQ(call("POST", "replication/verify", R"({"bucket":"here","wait_seconds":9999})").status,
              400);
}

TEST_F(Replicating, tells_a_genuine_statement_from_a_forged_one) {
    const crypto::Ed25519Seed seed{std::byte{1}};
    fake.public_key = codec::hex_lower(crypto::ed25519_public_key(seed));
    const auto check = [this](const std::string& statement, const std::string& signature) {
        const boost::json::object body{{"statement", statement}, {"signature", signature}};
        return call("POST", "replication/check-statement", boost::json::serialize(body))
            .body.at("valid")
            .as_bool();
    };
    const std::string signature = replication::sign_statement(seed, "antipode statement 1\n");

    EXPECT_TRUE(check("antipode statement 1\n", signature));
    EXPECT_FALSE(check("antipode statement 2\n", signature));
    EXPECT_EQ(call("GET", "replication/statement-key").body.at("public_key").as_string(),
              fake.public_key);
}

TEST_F(Replicating, plans_a_rule_of_either_form) {
    const Answered answered =
        call("POST",
             "replication/plan",
             R"({"bucket":"here","bytes_per_second":10,"rule":{"target_region":"cn-beijing",)"
             R"("target_bucket":"there","prefixes":["a/"],"tags":[{"key":"k","value":"v"}],)"
             R"("action":"PUT","history":false}})");
    call("POST", "replication/plan", R"({"bucket":"here","document":"<Rule/>"})");

    EXPECT_EQ(answered.body.at("possible"), false);
    EXPECT_EQ(answered.body.at("objects"), 3);
    EXPECT_EQ(answered.body.at("notes").at(0).at("text"), "in the way");
    ASSERT_EQ(fake.planned.size(), 2U);
    const ReplicationRule& rule = fake.planned[0].rule;
    EXPECT_EQ(rule.target_region, "cn-beijing");
    EXPECT_THAT(rule.prefixes, ElementsAre("a/"));
    EXPECT_EQ(rule.actions, kReplicatePut);
    EXPECT_FALSE(rule.history);
    EXPECT_EQ(fake.planned[0].bytes_per_second, 10U);
    EXPECT_EQ(fake.planned[1].rule.id, "from-xml");
}

TEST_F(Replicating, refuses_a_plan_that_is_no_rule) {
    const auto refusal = [this](const std::string& rule) {
        return message(
            call("POST", "replication/plan", R"({"bucket":"here","rule":)" + rule + "}"));
    };

    EXPECT_THAT(refusal(R"({"target_region":"cn-beijing"})"), HasSubstr("target_bucket"));
    EXPECT_THAT(refusal(R"({"target_region":"r","target_bucket":"b","prefix":"x"})"),
                HasSubstr("'prefix'"));
    EXPECT_THAT(refusal(R"({"target_region":"r","target_bucket":"b","action":"GET"})"),
                HasSubstr("ALL or PUT"));
    EXPECT_THAT(refusal("[]"), HasSubstr("JSON object"));
    EXPECT_EQ(call("POST", "replication/plan", R"({"bucket":"here"})").status, 400);
    EXPECT_EQ(call("POST", "replication/plan", R"({"bucket":"here","document":"x"})").status, 400);
    EXPECT_TRUE(fake.planned.empty());
}

TEST_F(Replicating, shows_what_is_known_to_be_missing) {
    replication::LossReport report;
    report.source_region = "cn-hangzhou";
    report.was_heard = true;
    report.versions = 1;
    report.missing.push_back({.key = "k",
                              .version_id = "null",
                              .is_removal = false,
                              .size_bytes = 5,
                              .committed_ms = 7});
    fake.lost.push_back(report);

    const Answered answered = call("GET", "replication/loss");

    EXPECT_EQ(answered.body.at("rules").at(0).at("versions"), 1);
    EXPECT_EQ(answered.body.at("rules").at(0).at("missing").at(0).at("key"), "k");
}

TEST_F(Replicating, takes_limits_that_make_sense_and_refuses_others) {
    const auto limit = [this](const std::string& body) {
        return call("POST", "replication/limit", body);
    };

    EXPECT_EQ(limit(R"({"bucket":"here","bytes_per_second":65536})").status, 200);
    EXPECT_THAT(message(limit(R"({"bucket":"here","bytes_per_second":65535})")),
                HasSubstr("64 KiB"));
    EXPECT_EQ(limit(R"({"bucket":"here","priority":10})").status, 400);
    EXPECT_EQ(limit(R"({"bucket":"here","bandwith":65536})").status, 400);
    EXPECT_EQ(
        call(
            "POST", "replication/limit-link", R"({"region":"cn-beijing","bytes_per_second":65536})")
            .status,
        200);
    EXPECT_EQ(
        call("POST", "replication/limit-link", R"({"region":"x","bytes_per_second":65536})").status,
        404);
}

}  // namespace
}  // namespace antipode::admin

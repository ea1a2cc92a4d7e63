#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output.h"
#include "cli/parse.h"
#include "runtime/temporary_directory.h"

namespace antipode::cli {
namespace {

using testing::HasSubstr;

Parsed accepted(std::vector<std::string> arguments) {
    auto result = parse(std::move(arguments));
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result ? std::move(*result) : Parsed{};
}

std::string refusal(std::vector<std::string> arguments) {
    auto result = parse(std::move(arguments));
    return result ? "(accepted)" : result.error().message;
}

TEST(Parse, takes_common_options_before_and_behind_the_command) {
    const Parsed before = accepted({"--endpoint", "http://h:1", "--json", "zones"});
    const Parsed behind = accepted({"zones", "--json", "--endpoint=http://h:1"});

    for (const Parsed& parsed : {before, behind}) {
        EXPECT_EQ(parsed.session.endpoint, "http://h:1");
        EXPECT_TRUE(parsed.json);
        EXPECT_EQ(parsed.command.target, "zones");
        EXPECT_EQ(parsed.command.method, "GET");
    }
}

TEST(Parse, makes_a_drill_with_its_time_in_milliseconds) {
    for (const auto& words :
         {std::vector<std::string>{"drill", "zone-b", "hang", "--for", "2s"},
          std::vector<std::string>{"zones", "drill", "zone-b", "hang", "--for", "2s"}}) {
        const Command command = accepted(words).command;
        EXPECT_EQ(command.method, "POST");
        EXPECT_EQ(command.target, "zones/zone-b/drill");
        EXPECT_EQ(boost::json::serialize(command.body), R"({"mode":"hang","duration_ms":2000})");
    }
    EXPECT_EQ(accepted({"drill", "zone-b", "end"}).command.method, "DELETE");
    EXPECT_FALSE(accepted({"drill", "zone-b", "hang", "--no-wait"}).command.outcome);
}

TEST(Output, of_a_drill_is_what_clients_saw_and_fails_when_a_request_did) {
    const Command begun = accepted({"zones", "drill", "zone-b", "hang"}).command;
    ASSERT_TRUE(begun.outcome);
    boost::json::object report{{"state", "recovering"},
                               {"requests", 4000},
                               {"failed", 0},
                               {"longest_gap_ms", 41.7},
                               {"noticed_after_ms", 210.0},
                               {"protected_after_ms", 1500.0}};
    EXPECT_EQ(begun.outcome->target, "zones/zone-b/drill");
    EXPECT_FALSE(begun.outcome->is_over(report));
    report["state"] = "over";
    EXPECT_TRUE(begun.outcome->is_over(report));
    EXPECT_EQ(begun.outcome->print(report),
              "4000 requests, 0 failed; longest gap 42 ms\nseen to be unwell after 0.2 s\n"
              "everything on three zones again 1.5 s after the fault was lifted\n");
    EXPECT_EQ(begun.outcome->exit_code(report), 0);
    report["failed"] = 1;
    EXPECT_EQ(begun.outcome->exit_code(report), 1);
    report["failed"] = 0;
    report["protected_after_ms"] = nullptr;
    EXPECT_EQ(begun.outcome->exit_code(report), 1);
}

TEST(Parse, takes_a_zone_out_for_maintenance_and_lets_it_back) {
    const Command on = accepted({"zones", "maintenance", "zone-b", "on", "--at-once"}).command;
    EXPECT_EQ(on.method, "POST");
    EXPECT_EQ(on.target, "zones/zone-b/maintenance");
    EXPECT_EQ(boost::json::serialize(on.body), R"({"at_once":true})");
    EXPECT_EQ(accepted({"zones", "maintenance", "zone-b", "off"}).command.method, "DELETE");
    EXPECT_THAT(refusal({"zones", "maintenance", "zone-b", "maybe"}), HasSubstr("on"));
    EXPECT_THAT(refusal({"zones", "maintenance", "zone-b", "off", "--at-once"}), HasSubstr("off"));
}

TEST(Parse, refuses_what_is_unknown_and_names_the_nearest) {
    EXPECT_EQ(refusal({"zone"}), "unknown command 'zone'; the nearest is 'zones'");
    EXPECT_EQ(refusal({"zones", "replce"}), "unknown command 'replce'; the nearest is 'replace'");
    EXPECT_EQ(refusal({"zones", "--jsn"}), "unknown option --jsn; the nearest is --json");
    EXPECT_THAT(refusal({"events", "now"}), HasSubstr("one argument too many"));
    EXPECT_THAT(refusal({}), HasSubstr("a command is missing"));
    EXPECT_THAT(refusal({"zones", "replace", "zone-a"}), HasSubstr("DIR"));
    EXPECT_THAT(refusal({"drill", "zone-a", "hang", "--for", "2"}), HasSubstr("with a unit"));
}

TEST(Parse, gives_the_help_of_the_command_that_was_named) {
    EXPECT_THAT(accepted({"--help"}).help, HasSubstr("zones"));
    EXPECT_THAT(accepted({"zones", "replace", "--help"}).help, HasSubstr("DIR"));
}

TEST(Link, makes_an_authority_and_certificates_and_no_second_authority_in_its_place) {
    const runtime::TemporaryDirectory directory;
    const auto files = runtime::make_posix_file_system();
    const std::string link = directory / "link";
    constexpr std::int64_t kNowMs = 1'800'000'000'000;

    const Command create = accepted({"link", "create", link, "cn-hangzhou", "cn-beijing"}).command;
    const auto made = create.run_here(*files, kNowMs);

    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(create.print(*made), HasSubstr(link + "/cn-beijing"));
    EXPECT_EQ(files->read_file(link + "/authority/certificate.pem").value(),
              files->read_file(link + "/cn-hangzhou/trusted.pem").value());
    const std::string first = files->read_file(link + "/cn-hangzhou/certificate.pem").value();
    EXPECT_THAT(create.run_here(*files, kNowMs).error().message, HasSubstr("already"));

    const Command issue = accepted({"link", "issue", link, "cn-hangzhou", "--days", "7"}).command;
    const auto renewed = issue.run_here(*files, kNowMs);
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_NE(files->read_file(link + "/cn-hangzhou/certificate.pem").value(), first);
}

TEST(Link, refuses_what_is_no_region_and_a_directory_without_a_link) {
    const runtime::TemporaryDirectory directory;
    const auto files = runtime::make_posix_file_system();

    EXPECT_THAT(refusal({"link", "create", "d", "cn-hangzhou"}), HasSubstr("region"));
    EXPECT_THAT(refusal({"link", "create", "d", "cn-hangzhou", "../x"}),
                HasSubstr("not a region id"));
    EXPECT_THAT(refusal({"link", "issue", "d", "authority"}), HasSubstr("not a region id"));
    const Command issue = accepted({"link", "issue", directory / "none", "cn-hangzhou"}).command;
    EXPECT_EQ(issue.run_here(*files, 0).error().code, ErrorCode::NotFound);
}

TEST(Output, of_lifecycle_says_what_was_done_and_what_was_refused) {
    EXPECT_EQ(accepted({"lifecycle", "run"}).command.method, "POST");
    const Command command = accepted({"lifecycle", "status"}).command;
    EXPECT_EQ(command.target, "lifecycle");

    const std::string text = command.print(boost::json::parse(
        R"({"state":"done","ended_ms":0,"next_ms":0,"error":"it is retained","buckets":1,)"
        R"("looked_at":9,"expired":2,"versions_removed":3,"markers_removed":4,"moved":5,)"
        R"("uploads_aborted":6,"changed_meanwhile":7,"refused":8})"));

    EXPECT_EQ(text,
              "done: 1 buckets, 9 looked at, 2 expired, 3 versions removed, 4 markers removed, "
              "5 moved to another class, 6 uploads ended, 7 changed meanwhile, 8 refused\n"
              "  it is retained\n");
}

TEST(Output, of_zones_says_which_could_be_lost) {
    const Command command = accepted({"zones"}).command;

    const std::string text = command.print(boost::json::parse(
        R"({"zones":[{"name":"zone-a","state":"ok","reason":"","progress":1.0,"directory":"/a"},)"
        R"({"name":"zone-b","state":"catching-up","reason":"was out","progress":0.25,"directory":"/b"}],)"
        R"("under_protected":7,"could_lose":["zone-b"]})"));

    EXPECT_EQ(text,
              "ZONE    STATE        PROGRESS  DIRECTORY  REASON\n"
              "zone-a  ok           100%      /a\n"
              "zone-b  catching-up  25%       /b         was out\n"
              "Without loss of data could be lost now: zone-b.\n"
              "Under-protected bodies: 7.\n");
}

TEST(Parse, makes_a_watch_of_the_status_with_its_pace) {
    const Command once = accepted({"replication", "status"}).command;
    const Command watched =
        accepted({"replication", "status", "--watch", "--every", "500ms", "--times", "3"}).command;

    EXPECT_EQ(once.watch, std::nullopt);
    EXPECT_EQ(watched.watch, std::chrono::milliseconds(500));
    EXPECT_EQ(watched.looks_max, 3U);
    EXPECT_THAT(refusal({"replication", "status", "--watch", "--every", "1ms"}),
                HasSubstr("at least 100ms"));
    EXPECT_THAT(refusal({"replication", "status", "--watch", "--every", "5"}),
                HasSubstr("with a unit"));
}

TEST(Parse, takes_a_statement_out_of_what_verify_printed) {
    Command command = accepted({"replication", "check-statement", "proof.txt"}).command;
    EXPECT_EQ(command.file, "proof.txt");

    const auto taken = command.take_file(
        command, "Identical as of ...\n\nantipode statement 1\nsource: x\nsignature: abcd\n");

    ASSERT_TRUE(taken);
    EXPECT_EQ(command.body.at("statement"), "antipode statement 1\nsource: x\n");
    EXPECT_EQ(command.body.at("signature"), "abcd");
    EXPECT_THAT(command.take_file(command, "nothing of it").error().message,
                HasSubstr("proof.txt holds no statement"));
}

TEST(Parse, takes_a_rule_to_plan_from_xml_and_from_json) {
    Command xml = accepted({"replication", "plan", "r.xml", "--bucket", "b"}).command;
    ASSERT_TRUE(xml.take_file(xml, "\n<ReplicationConfiguration/>"));
    EXPECT_EQ(xml.body.at("document"), "\n<ReplicationConfiguration/>");

    Command json = accepted({"replication", "plan", "r.json", "--bandwidth", "1MiB"}).command;
    ASSERT_TRUE(json.take_file(json, R"({"bucket":"b","target_region":"r"})"));
    EXPECT_EQ(boost::json::serialize(json.body),
              R"({"bytes_per_second":1048576,"bucket":"b","rule":{"target_region":"r"}})");

    Command nameless = accepted({"replication", "plan", "r.json"}).command;
    EXPECT_THAT(nameless.take_file(nameless, "{}").error().message, HasSubstr("--bucket"));
    EXPECT_THAT(nameless.take_file(nameless, "rule = 1").error().message,
                HasSubstr("neither XML nor a JSON"));
}

TEST(Parse, makes_the_quota_of_a_bucket) {
    const Command quota = accepted({"quota", "b", "--rules", "250"}).command;
    EXPECT_EQ(quota.method, "POST");
    EXPECT_EQ(quota.target, "buckets/b/quota");
    EXPECT_EQ(boost::json::serialize(quota.body), R"({"replication_rules":250})");

    EXPECT_THAT(refusal({"quota", "b"}), HasSubstr("--rules"));
}

TEST(Parse, makes_limits_of_rules_and_links) {
    const Command rule = accepted({"replication",
                                   "limit",
                                   "b",
                                   "--bandwidth",
                                   "10MiB",
                                   "--priority",
                                   "7",
                                   "--threshold",
                                   "10min"})
                             .command;
    EXPECT_EQ(rule.target, "replication/limit");
    EXPECT_EQ(boost::json::serialize(rule.body),
              R"({"bucket":"b","bytes_per_second":10485760,"priority":7,"threshold_ms":600000})");
    const Command link =
        accepted({"replication", "limit", "--link", "cn-beijing", "--bandwidth", "none"}).command;
    EXPECT_EQ(boost::json::serialize(link.body), R"({"region":"cn-beijing","bytes_per_second":0})");

    EXPECT_THAT(refusal({"replication", "limit"}), HasSubstr("a bucket, or --link"));
    EXPECT_THAT(refusal({"replication", "limit", "b", "--bandwidth", "10"}),
                HasSubstr("with a unit"));
    EXPECT_THAT(refusal({"replication", "limit", "b", "--link", "x", "--bandwidth", "1MiB"}),
                HasSubstr("nothing else"));
}

TEST(Parse, asks_to_explain_a_key_with_characters_of_its_own) {
    const Command command =
        accepted({"replication", "explain", "b", "a b/c?d", "--version", "v1"}).command;

    EXPECT_EQ(command.target, "replication/explain?bucket=b&key=a%20b%2Fc%3Fd&version=v1");
    EXPECT_THAT(refusal({"replication", "explain", "b"}), HasSubstr("key"));
}

TEST(Output, of_a_watched_status_has_bars_for_history_and_backlog) {
    const Command command = accepted({"replication", "status", "--watch"}).command;
    const auto answer = [](int backlog) {
        return boost::json::parse(fmt::format(
            R"({{"rules":[{{"bucket":"b","rule":"r","target_region":"cn-beijing",)"
            R"("target_bucket":"t","state":"doing","reachable":true,"history_fraction":0.5,)"
            R"("backlog_operations":{},"oldest_pending_ms":5,"oldest_age_ms":61000,)"
            R"("eta_ms":null,"last_error":"no answer"}}]}})",
            backlog));
    };

    command.print(answer(100));
    const std::string text = command.print(answer(25));

    EXPECT_THAT(text, HasSubstr("b -> cn-beijing/t"));
    EXPECT_THAT(text, HasSubstr("█████░░░░░  50%"));
    EXPECT_THAT(text, HasSubstr("██░░░░░░░░ 25")) << "a quarter of the largest seen";
    EXPECT_THAT(text, HasSubstr("1.0 min"));
    EXPECT_THAT(text, HasSubstr("unknown"));
    EXPECT_THAT(text, HasSubstr("! b -> cn-beijing/t: no answer"));
}

TEST(Output, of_a_bar_is_full_only_at_the_end_and_empty_only_at_nothing) {
    EXPECT_EQ(show_bar(0, 4), "░░░░");
    EXPECT_EQ(show_bar(0.001, 4), "█░░░");
    EXPECT_EQ(show_bar(0.999, 4), "███░");
    EXPECT_EQ(show_bar(1, 4), "████");
    EXPECT_EQ(show_bar(7, 4), "████");
}

TEST(Output, of_a_loss_says_what_is_known_and_what_cannot_be) {
    const Command command = accepted({"replication", "loss"}).command;

    const std::string text = command.print(boost::json::parse(
        R"({"rules":[{"bucket":"t","source_region":"cn-hangzhou","source_bucket":"s","heard":true,)"
        R"("versions":1,"bytes":2048,"removals":0,"history_left":4,"known_to_ms":1,"silent_ms":3000,)"
        R"("missing":[{"operation":"put","key":"k","version_id":"v","bytes":2048}]},)"
        R"({"bucket":"u","source_region":"r","source_bucket":"s","heard":false}]})"));

    EXPECT_THAT(text, HasSubstr("1 versions, 2.0 KiB"));
    EXPECT_THAT(text, HasSubstr("Of the history 4 versions"));
    EXPECT_THAT(text,
                HasSubstr("Cannot be known: what was written after 1970-01-01T00:00:00.001Z"));
    EXPECT_THAT(text, HasSubstr("nothing is known"));
    EXPECT_THAT(command.print(boost::json::parse("{}")), HasSubstr("No rule leads"));
}

TEST(Output, survives_an_answer_of_another_shape) {
    const Command command = accepted({"zones"}).command;

    EXPECT_THAT(command.print(boost::json::parse(R"({"zones":[{"name":5}],"could_lose":"x"})")),
                HasSubstr("ZONE"));
}

TEST(Output, shows_bytes_and_times_for_people) {
    EXPECT_EQ(show_bytes(0), "0 B");
    EXPECT_EQ(show_bytes(1023), "1023 B");
    EXPECT_EQ(show_bytes(1536), "1.5 KiB");
    EXPECT_EQ(show_time(0), "-");
    EXPECT_EQ(show_time(1), "1970-01-01T00:00:00.001Z");
}

struct Sessions : testing::Test {
    Result<Session> open(const SessionChoice& choice) {
        const Environment environment =
            [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        return open_session(choice, environment, *files);
    }

    void write_profiles(const std::string& content) {
        ASSERT_TRUE(files->create_directories(directory / "antipode").has_value());
        ASSERT_TRUE(
            files->write_file_atomically(directory / "antipode/admin.toml", content).has_value());
    }

    runtime::TemporaryDirectory directory;
    std::unique_ptr<runtime::FileSystem> files = runtime::make_posix_file_system();
    std::map<std::string, std::string> variables{{"XDG_CONFIG_HOME", directory.path()}};
};

TEST_F(Sessions, take_the_credential_from_the_environment) {
    variables.insert({{"ANTIPODE_ACCESS_KEY", "demo"}, {"ANTIPODE_SECRET_KEY", "secret"}});

    const auto session = open({});

    ASSERT_TRUE(session.has_value());
    EXPECT_EQ(session->address, "127.0.0.1:9000");
    EXPECT_EQ(session->access_key, "demo");
}

TEST_F(Sessions, take_a_named_profile_before_the_environment) {
    variables.insert({{"ANTIPODE_ACCESS_KEY", "demo"}, {"ANTIPODE_SECRET_KEY", "secret"}});
    write_profiles(
        "[far]\nendpoint = \"https://far.example.com\"\naccess-key = \"k\"\nsecret-key = \"s\"\n");

    const auto session = open({.endpoint = "", .profile = "far"});

    ASSERT_TRUE(session.has_value());
    EXPECT_EQ(session->address, "far.example.com:443");
    EXPECT_TRUE(session->tls);
    EXPECT_EQ(session->access_key, "k");
}

TEST_F(Sessions, are_refused_with_one_sentence) {
    EXPECT_THAT(open({}).error().message, HasSubstr("no credential"));
    EXPECT_THAT(open({.endpoint = "", .profile = "far"}).error().message,
                HasSubstr("no profile far"));
    EXPECT_THAT(open({.endpoint = "127.0.0.1:9000", .profile = ""}).error().message,
                HasSubstr("http://"));
    EXPECT_THAT(open({.endpoint = "http://h/path", .profile = ""}).error().message,
                HasSubstr("is not like"));
    write_profiles("[default]\nacess-key = \"k\"\n");
    EXPECT_THAT(open({}).error().message, HasSubstr("not 'acess-key'"));
    write_profiles("[default\n");
    EXPECT_THAT(open({}).error().message, HasSubstr("line 1"));
}

}  // namespace
}  // namespace antipode::cli

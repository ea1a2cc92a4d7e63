#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
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

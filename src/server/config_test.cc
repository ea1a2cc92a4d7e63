#include "server/config.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/temporary_directory.h"

namespace antipode::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

struct Reading : testing::Test {
    Result<Arguments> read(std::vector<std::string> arguments) {
        const Environment environment =
            [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        return read_arguments(arguments, environment, *files);
    }

    Config accepted(std::vector<std::string> arguments) {
        auto result = read(std::move(arguments));
        EXPECT_TRUE(result.has_value()) << result.error().message;
        return result ? std::move(result->config) : Config{};
    }

    std::string refusal(std::vector<std::string> arguments) {
        auto result = read(std::move(arguments));
        return result ? "(accepted)" : result.error().message;
    }

    std::string file(const std::string& content) {
        const std::string path = directory.path() + "/antipode.toml";
        EXPECT_TRUE(files->write_file_atomically(path, content).has_value());
        return path;
    }

    runtime::TemporaryDirectory directory;
    std::unique_ptr<runtime::FileSystem> files = runtime::make_posix_file_system();
    std::map<std::string, std::string> variables;
};

TEST_F(Reading, takes_region_and_data_and_makes_three_zones) {
    const Config config = accepted({"--region", "cn-hangzhou", "--data", "/d"});

    EXPECT_EQ(config.region, "cn-hangzhou");
    EXPECT_THAT(config.zones, ElementsAre("/d/zone-a", "/d/zone-b", "/d/zone-c"));
    EXPECT_THAT(config.listen, ElementsAre("127.0.0.1:9000"));
}

TEST_F(Reading, takes_three_zones_and_what_may_be_repeated) {
    const Config config = accepted({"--region=cn-hangzhou",
                                    "--zone",
                                    "/a",
                                    "--zone",
                                    "/b/",
                                    "--zone",
                                    "/c",
                                    "--listen",
                                    "127.0.0.1:0",
                                    "--listen",
                                    "[::1]:9000",
                                    "--peer",
                                    "cn-beijing=http://127.0.0.1:9100",
                                    "--peer",
                                    "eu-central-1=https://[::1]/",
                                    "--domain",
                                    "oss.example.com"});

    EXPECT_THAT(config.zones, ElementsAre("/a", "/b", "/c"));
    EXPECT_THAT(config.listen, ElementsAre("127.0.0.1:0", "[::1]:9000"));
    EXPECT_THAT(config.peers,
                ElementsAre(Peer{"cn-beijing", "127.0.0.1:9100", false},
                            Peer{"eu-central-1", "[::1]:443", true}));
    EXPECT_THAT(config.domains, ElementsAre("oss.example.com"));
}

TEST_F(Reading, takes_sizes_and_durations_with_units) {
    const Config config = accepted({"--region",
                                    "r",
                                    "--data",
                                    "d",
                                    "--block-cache",
                                    "64MiB",
                                    "--suspect-after",
                                    "250ms",
                                    "--out-after",
                                    "3s",
                                    "--scrub-period",
                                    "24h",
                                    "--log-json"});

    EXPECT_EQ(config.scrub_period, 24h);
    EXPECT_EQ(config.block_cache_bytes, 64 * kMiB);
    EXPECT_EQ(config.suspect_after, 250ms);
    EXPECT_EQ(config.out_after, 3s);
    EXPECT_TRUE(config.log_json);
}

TEST_F(Reading, lets_lifecycle_be_once_a_day_or_off) {
    const auto period = [this](std::vector<std::string> more) {
        std::vector<std::string> all{"--region", "r", "--data", "d"};
        all.insert(all.end(), more.begin(), more.end());
        return accepted(all).lifecycle_period;
    };
    EXPECT_EQ(period({}), 24h);
    EXPECT_EQ(period({"--lifecycle-period", "12h"}), 12h);
    EXPECT_EQ(period({"--lifecycle-period", "off"}), 0s);
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--lifecycle-period", "0s"}),
                HasSubstr("--lifecycle-period"));
}

TEST_F(Reading, lets_scrub_be_every_two_weeks_or_off) {
    EXPECT_EQ(accepted({"--region", "r", "--data", "d"}).scrub_period, 24h * 14);
    EXPECT_EQ(accepted({"--region", "r", "--data", "d", "--scrub-period", "off"}).scrub_period, 0s);
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--scrub-period", "0s"}),
                HasSubstr("--scrub-period"));
}

TEST_F(Reading, refuses_an_unknown_option_and_names_the_nearest) {
    EXPECT_EQ(refusal({"--regoin", "r", "--data", "d"}),
              "unknown option --regoin; the nearest is --region");
    EXPECT_EQ(refusal({"--region", "r", "--data", "d", "--log_level=info"}),
              "unknown option --log_level; the nearest is --log-level");
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "now"}),
                HasSubstr("takes no argument 'now'"));
}

TEST_F(Reading, refuses_what_is_missing_or_does_not_fit_together) {
    EXPECT_THAT(refusal({"--data", "d"}), HasSubstr("--region is missing"));
    EXPECT_THAT(refusal({"--region", "r"}), HasSubstr("either --data DIR or --zone"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--zone", "a"}),
                HasSubstr("either --data DIR or --zone"));
    EXPECT_THAT(refusal({"--region", "r", "--zone", "a", "--zone", "b"}),
                HasSubstr("given 2 times"));
    EXPECT_THAT(refusal({"--region", "r", "--zone", "a", "--zone", "b", "--zone", "a/"}),
                HasSubstr("cannot be two zones"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--data", "e"}),
                HasSubstr("more than once"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--tls-cert", "c"}),
                HasSubstr("belong together"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--suspect-after", "5s"}),
                HasSubstr("shorter"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--peer", "r=http://h:1"}),
                HasSubstr("this region itself"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--link-directory", "l"}),
                HasSubstr("belong together"));
    EXPECT_THAT(refusal({"--region",
                         "r",
                         "--data",
                         "d",
                         "--link-directory",
                         "l",
                         "--link-listen",
                         "127.0.0.1:1",
                         "--peer",
                         "s=http://h:1"}),
                HasSubstr("https://"));
}

TEST_F(Reading, refuses_values_that_mean_nothing) {
    const auto refused = [this](const std::string& option, const std::string& value) {
        return refusal({"--region", "r", "--data", "d", option, value});
    };
    EXPECT_THAT(refused("--block-cache", "64"), HasSubstr("with a unit"));
    EXPECT_THAT(refused("--block-cache", "64MB"), HasSubstr("with a unit"));
    EXPECT_THAT(refused("--out-after", "-2s"), HasSubstr("with a unit"));
    EXPECT_THAT(refused("--idle-timeout", "0"), HasSubstr("longer than nothing"));
    EXPECT_THAT(refused("--listen", "9000"), HasSubstr("not an address"));
    EXPECT_THAT(refused("--listen", "::1:9000"), HasSubstr("not an address"));
    EXPECT_THAT(refused("--listen", "127.0.0.1:99999"), HasSubstr("not an address"));
    EXPECT_THAT(refused("--peer", "http://h:1"), HasSubstr("REGION=URL"));
    EXPECT_THAT(refused("--peer", "oss-cn-beijing=http://h:1"), HasSubstr("not a region id"));
    EXPECT_THAT(refused("--peer", "cn-beijing=ftp://h:1"), HasSubstr("http://"));
    EXPECT_THAT(refused("--peer", "cn-beijing=http://h:1/path"), HasSubstr("not an address"));
    EXPECT_THAT(refused("--threads", "0"), HasSubstr("from 1 to 256"));
    EXPECT_THAT(refused("--threads", "two"), HasSubstr("from 1 to 256"));
    EXPECT_THAT(refused("--log-level", "loud"), HasSubstr("loud"));
    EXPECT_THAT(refused("--default-dialect", "gcs"), HasSubstr("not a dialect"));
    EXPECT_THAT(refused("--domain", "*.x"), HasSubstr("not a host name"));
    EXPECT_THAT(refused("--engine", "rados"), HasSubstr("not built yet"));
    EXPECT_THAT(refused("--engine", "tape"), HasSubstr("not an engine"));
    EXPECT_THAT(refusal({"--region", "CN", "--data", "d"}), HasSubstr("not a region id"));
}

TEST_F(Reading, takes_a_file_and_lets_flags_go_before_it) {
    const std::string path = file(R"(
region = "cn-hangzhou"
zone = ["/a", "/b", "/c"]
peer = "cn-beijing=http://127.0.0.1:9100"
threads = 3
log-json = true
out-after = "9s"
)");

    const Config from_file = accepted({"--config", path});
    const Config overridden = accepted({"--config", path, "--data", "/d", "--threads", "1"});

    EXPECT_EQ(from_file.threads, 3U);
    EXPECT_EQ(from_file.out_after, 9s);
    EXPECT_TRUE(from_file.log_json);
    EXPECT_THAT(from_file.zones, ElementsAre("/a", "/b", "/c"));
    EXPECT_EQ(overridden.threads, 1U);
    EXPECT_EQ(overridden.zones[0], "/d/zone-a");
}

TEST_F(Reading, refuses_a_bad_file_with_its_line) {
    EXPECT_THAT(refusal({"--config", directory.path() + "/none.toml"}), HasSubstr("--config: "));
    EXPECT_THAT(refusal({"--config", file("region = \n")}), HasSubstr("line 1"));
    EXPECT_THAT(refusal({"--config", file("region = \"r\"\ntreads = 2\n")}),
                HasSubstr("line 2: unknown key 'treads'; the nearest is 'threads'"));
    EXPECT_THAT(refusal({"--config", file("config = \"x\"\n")}), HasSubstr("unknown key 'config'"));
    EXPECT_THAT(refusal({"--config", file("log-json = \"yes\"\n")}),
                HasSubstr("takes true or false"));
    EXPECT_THAT(refusal({"--config", file("[peer]\na = 1\n")}),
                HasSubstr("takes a string or a list"));
    EXPECT_THAT(refusal({"--config", file("region = \"r\"\ndata = \"d\"\nout-after = 3\n")}),
                HasSubstr("out-after: '3'"));
}

TEST_F(Reading, takes_the_root_credential_from_the_environment_whole_or_not_at_all) {
    variables = {{"ANTIPODE_ACCESS_KEY", "demo"}, {"ANTIPODE_SECRET_KEY", "demo-secret"}};
    const Config config = accepted({"--region", "r", "--data", "d"});
    ASSERT_TRUE(config.root.has_value());
    EXPECT_EQ(config.root->access_key, "demo");

    variables.erase("ANTIPODE_SECRET_KEY");
    EXPECT_THAT(refusal({"--region", "r", "--data", "d"}), HasSubstr("both or neither"));
    variables["ANTIPODE_SECRET_KEY"] = "short";
    EXPECT_THAT(refusal({"--region", "r", "--data", "d"}), HasSubstr("8 to 256"));
}

TEST_F(Reading, takes_the_link_secret_from_a_file) {
    const std::string path = directory.path() + "/link";
    ASSERT_TRUE(files->write_file_atomically(path, "0123456789abcdef\n").has_value());
    EXPECT_EQ(accepted({"--region", "r", "--data", "d", "--link-secret-file", path}).link_secret,
              "0123456789abcdef");

    ASSERT_TRUE(files->write_file_atomically(path, "short\n").has_value());
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--link-secret-file", path}),
                HasSubstr("fewer than 16"));
}

TEST_F(Reading, takes_where_events_are_told_together_with_its_secret) {
    const std::string path = directory.path() + "/secret";
    ASSERT_TRUE(files->write_file_atomically(path, "0123456789abcdef\n").has_value());
    const Config config = accepted({"--region",
                                    "r",
                                    "--data",
                                    "d",
                                    "--event-webhook",
                                    "https://hooks.example.com/antipode?x=1",
                                    "--event-webhook-secret-file",
                                    path,
                                    "--abandoned-transfer-after",
                                    "1h"});

    EXPECT_EQ(config.event_webhook.address, "hooks.example.com:443");
    EXPECT_TRUE(config.event_webhook.tls);
    EXPECT_EQ(config.event_webhook.target, "/antipode?x=1");
    EXPECT_EQ(config.event_webhook.secret, "0123456789abcdef");
    EXPECT_EQ(config.abandoned_transfer_after, std::chrono::hours(1));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--event-webhook", "http://h"}),
                HasSubstr("belong together"));
    EXPECT_THAT(refusal({"--region", "r", "--data", "d", "--event-webhook", "h"}),
                HasSubstr("http://"));
}

TEST_F(Reading, gives_help_when_asked) {
    const auto result = read({"--help"});

    ASSERT_TRUE(result.has_value());
    EXPECT_THAT(result->help, HasSubstr("--link-secret-file"));
}

}  // namespace
}  // namespace antipode::server

#include "telemetry/log.h"

#include <sstream>

#include <gtest/gtest.h>

namespace antipode::telemetry {
namespace {

/// What was logged, without the time in front (24 characters and a space).
std::string logged(const std::ostringstream& stream) {
    const std::string text = stream.str();
    return text.size() > 25 ? text.substr(25) : text;
}

TEST(Log, writes_time_level_message_and_fields) {
    std::ostringstream stream;
    Log log(LogOptions{.stream = &stream});

    log.warning("a zone went out",
                {{"zone", "zone-b"},
                 {"reason", std::string("no space left")},
                 {"tries", 3},
                 {"share", 0.5},
                 {"again", true}});

    EXPECT_EQ(logged(stream),
              "warning a zone went out zone=zone-b reason=\"no space left\" tries=3 share=0.5 "
              "again=true\n");
    EXPECT_EQ(stream.str()[10], 'T');
    EXPECT_EQ(stream.str()[23], 'Z');
}

TEST(Log, lets_nothing_begin_a_new_line_or_field) {
    std::ostringstream stream;
    Log log(LogOptions{.stream = &stream});

    log.info("got\nevil", {{"key", "a b=c\r\nerror fake \"x\""}, {"none", ""}});

    EXPECT_EQ(logged(stream),
              "info got\\nevil key=\"a b=c\\u000d\\nerror fake \\\"x\\\"\" none=\"\"\n");
}

TEST(Log, writes_json_when_asked) {
    std::ostringstream stream;
    Log log(LogOptions{.json = true, .stream = &stream});

    log.error("say \"hi\"", {{"n", 7U}, {"text", "plain"}});

    EXPECT_NE(
        stream.str().find(R"(","level":"error","message":"say \"hi\"","n":7,"text":"plain"})"),
        std::string::npos)
        << stream.str();
}

TEST(Log, says_nothing_below_its_level) {
    std::ostringstream stream;
    Log log(LogOptions{.level = LogLevel::Error, .stream = &stream});

    log.warning("quiet");

    EXPECT_EQ(stream.str(), "");
    EXPECT_FALSE(log.shows(LogLevel::Warning));
    EXPECT_TRUE(log.shows(LogLevel::Error));
}

TEST(LogLevel, is_read_from_its_name) {
    EXPECT_EQ(parse_log_level("warning").value(), LogLevel::Warning);
    EXPECT_FALSE(parse_log_level("loud"));
}

}  // namespace
}  // namespace antipode::telemetry

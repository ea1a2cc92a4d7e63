#include "codec/http_date.h"

#include <gtest/gtest.h>

namespace antipode::codec {
namespace {

const UtcTime kTime{std::chrono::milliseconds(784111777000)};

TEST(HttpDate, reads_the_three_forms_of_rfc_9110) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kTime);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kTime);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), kTime);
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 +0000"), kTime);
}

TEST(HttpDate, refuses_what_is_no_date) {
    for (const std::string_view bad : {"",
                                       "Sun",
                                       "Sun,",
                                       "Sun, 06 Nov",
                                       "Sun, 31 Feb 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 1994 24:00:00 GMT",
                                       "Sun, 06 Nov 1994 08:49:37 EST",
                                       "Sun, 6 Nov 1994 08:49:37 GMT",
                                       "1994-11-06",
                                       "Sun, 06 Nov 1994 08:49:37 GMT "}) {
        EXPECT_FALSE(parse_http_date(bad)) << bad;
    }
}

TEST(HttpDate, writes_what_it_reads) {
    EXPECT_EQ(format_http_date(kTime), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(kTime + std::chrono::milliseconds(999)),
              "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Iso8601, keeps_milliseconds) {
    const UtcTime time = kTime + std::chrono::milliseconds(42);
    EXPECT_EQ(format_iso8601(time), "1994-11-06T08:49:37.042Z");
    EXPECT_EQ(parse_iso8601("1994-11-06T08:49:37.042Z"), time);
    EXPECT_EQ(parse_iso8601("1994-11-06T08:49:37.0429999Z"), time);
    EXPECT_EQ(parse_iso8601("1994-11-06T08:49:37Z"), kTime);
    EXPECT_EQ(format_iso8601(*parse_iso8601("1994-11-06")), "1994-11-06T00:00:00.000Z");
    EXPECT_FALSE(parse_iso8601("1994-11-06T08:49:37"));
    EXPECT_FALSE(parse_iso8601("1994-11-06T08:49:37.Z"));
    EXPECT_FALSE(parse_iso8601("1994-13-06"));
}

TEST(BasicDate, is_the_form_that_signatures_use) {
    EXPECT_EQ(format_basic(kTime), "19941106T084937Z");
    EXPECT_EQ(format_basic_date(kTime), "19941106");
    EXPECT_EQ(parse_basic("19941106T084937Z"), kTime);
    EXPECT_FALSE(parse_basic("19941106T084937"));
    EXPECT_FALSE(parse_basic("19941106"));
}

}  // namespace
}  // namespace antipode::codec

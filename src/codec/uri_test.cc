#include "codec/uri.h"

#include <gtest/gtest.h>

namespace antipode::codec {
namespace {

TEST(Uri, encodes_all_but_the_unreserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode("a b/c+d%\xC3\xA4*"), "a%20b%2Fc%2Bd%25%C3%A4%2A");
    EXPECT_EQ(percent_encode_path("/a b/c"), "/a%20b/c");
}

TEST(Uri, decodes_plus_as_a_space_only_in_queries) {
    EXPECT_EQ(percent_decode("a+b%20c%2F"), "a+b c/");
    EXPECT_EQ(form_decode("a+b%2Bc"), "a b+c");
}

TEST(Uri, refuses_broken_escapes) {
    for (const std::string_view bad : {"%", "%1", "a%zz", "%%41"}) {
        EXPECT_FALSE(percent_decode(bad)) << bad;
        EXPECT_FALSE(parse_query(bad)) << bad;
        EXPECT_FALSE(parse_target("/" + std::string(bad))) << bad;
    }
}

TEST(Uri, splits_a_target_and_keeps_both_forms) {
    const auto target = parse_target("/b//a%20b/../x?acl&prefix=a%2Fb+c&acl=2&empty=");

    ASSERT_TRUE(target);
    EXPECT_EQ(target->raw_path, "/b//a%20b/../x");
    EXPECT_EQ(target->path, "/b//a b/../x");
    EXPECT_EQ(target->query.get("prefix"), "a/b c");
    EXPECT_EQ(target->query.all()[1].raw_value, "a%2Fb+c");
    EXPECT_TRUE(target->query.contains("acl"));
    EXPECT_EQ(target->query.get("acl"), "");
    EXPECT_FALSE(target->query.all()[0].has_equals);
    EXPECT_TRUE(target->query.all()[3].has_equals);
    EXPECT_FALSE(target->query.contains("absent"));
}

TEST(Uri, keeps_a_question_mark_and_equals_inside_a_value) {
    const auto target = parse_target("/k?a=b=c?d");

    ASSERT_TRUE(target);
    EXPECT_EQ(target->query.get("a"), "b=c?d");
}

TEST(Uri, takes_the_absolute_form) {
    const auto target = parse_target("http://example.com/k?x=1");

    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/k");
    EXPECT_EQ(parse_target("http://example.com")->path, "/");
    EXPECT_EQ(parse_target("http://example.com?x=1")->query.get("x"), "1");
}

TEST(Uri, refuses_other_targets) {
    EXPECT_FALSE(parse_target("*"));
    EXPECT_FALSE(parse_target(""));
    EXPECT_FALSE(parse_target("ftp://x/y"));
}

TEST(Uri, limits_the_number_of_parameters) {
    std::string query;
    for (int i = 0; i < 1001; ++i) {
        query += "a&";
    }
    EXPECT_FALSE(parse_query(query));
}

}  // namespace
}  // namespace antipode::codec

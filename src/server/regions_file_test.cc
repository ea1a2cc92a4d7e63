#include "server/regions_file.h"

#include <gtest/gtest.h>

namespace antipode::server {
namespace {

using replication::TagRules;

TEST(RegionsFile, adds_regions_with_what_it_says_of_them) {
    const auto regions = parse_regions_file(
        "[[region]]\n"
        "id = \"lab-1\"\n"
        "name = \"The lab\"\n"
        "mainland = true\n"
        "zrs = true\n"
        "rtc = false\n"
        "tag-rules = \"outside\"\n"
        "[[region]]\n"
        "id = \"lab-2\"\n",
        "f.toml");

    ASSERT_TRUE(regions) << regions.error().message;
    ASSERT_EQ(regions->size(), 2U);
    EXPECT_EQ(regions->at(0).name, "The lab");
    EXPECT_TRUE(regions->at(0).is_mainland);
    EXPECT_TRUE(regions->at(0).has_zrs);
    EXPECT_FALSE(regions->at(0).has_rtc);
    EXPECT_EQ(regions->at(0).tag_rules, TagRules::Outside);
    EXPECT_EQ(regions->at(1).name, "lab-2");
    EXPECT_FALSE(regions->at(1).is_mainland);
    EXPECT_TRUE(parse_regions_file("", "f.toml")->empty());
}

TEST(RegionsFile, says_in_which_line_something_is_wrong) {
    const auto refusal = [](std::string_view content) {
        const auto regions = parse_regions_file(content, "f.toml");
        return regions ? std::string("(accepted)") : regions.error().message;
    };

    EXPECT_EQ(refusal("[[region]]\nid = \"x\"\nmainlnd = true\n"),
              "f.toml line 3: unknown key 'mainlnd'; the nearest is 'mainland'");
    EXPECT_EQ(refusal("[[region]]\nname = \"x\"\n"), "f.toml line 1: a region without an id");
    EXPECT_EQ(refusal("[[region]]\nid = \"x\"\nzrs = \"yes\"\n"),
              "f.toml line 3: it takes true or false");
    EXPECT_EQ(refusal("[[region]]\nid = \"x\"\ntag-rules = \"all\"\n"),
              "f.toml line 3: tag-rules are \"nowhere\", \"outside\" or \"anywhere\"");
    EXPECT_EQ(refusal("modern = true\n"), "f.toml line 1: only [[region]] tables are known here");
    EXPECT_TRUE(refusal("[[region\n").starts_with("f.toml line 1: "));
}

}  // namespace
}  // namespace antipode::server

#include "replication/region_catalogue.h"

#include <gtest/gtest.h>

namespace antipode::replication {
namespace {

TEST(RegionCatalogue, knows_on_which_side_of_the_border_a_region_is) {
    const RegionCatalogue regions;

    EXPECT_FALSE(regions.crosses_border("cn-hangzhou", "cn-beijing"));
    EXPECT_FALSE(regions.crosses_border("us-west-1", "eu-central-1"));
    EXPECT_TRUE(regions.crosses_border("cn-hangzhou", "us-west-1"));
    EXPECT_TRUE(regions.crosses_border("us-west-1", "cn-hangzhou"));
    EXPECT_TRUE(regions.crosses_border("cn-hangzhou", "cn-hongkong")) << "Hong Kong is outside";
    EXPECT_FALSE(regions.crosses_border("cn-hongkong", "ap-southeast-1"));
}

TEST(RegionCatalogue, knows_where_zrs_is) {
    const RegionCatalogue regions;

    for (const char* id : {"cn-shenzhen", "cn-beijing", "cn-hongkong", "ap-southeast-1"}) {
        EXPECT_TRUE(regions.find(id).has_zrs) << id;
    }
    EXPECT_FALSE(regions.find("cn-qingdao").has_zrs);
}

TEST(RegionCatalogue, allows_tag_rules_as_the_reference_documents_do) {
    const RegionCatalogue regions;

    EXPECT_TRUE(regions.allows_tag_rules("cn-hangzhou", "cn-beijing"));
    EXPECT_TRUE(regions.allows_tag_rules("cn-hangzhou", "us-west-1"));
    EXPECT_FALSE(regions.allows_tag_rules("cn-hangzhou", "cn-hangzhou"));
    EXPECT_TRUE(regions.allows_tag_rules("ap-southeast-2", "us-west-1"));
    EXPECT_TRUE(regions.allows_tag_rules("ap-southeast-2", "cn-hongkong"));
    EXPECT_FALSE(regions.allows_tag_rules("ap-southeast-2", "cn-beijing"));
    EXPECT_FALSE(regions.allows_tag_rules("cn-beijing", "cn-hangzhou"));
}

TEST(RegionCatalogue, allows_tag_rules_nearly_everywhere_when_modern) {
    const RegionCatalogue regions(true);

    EXPECT_TRUE(regions.allows_tag_rules("cn-beijing", "cn-hangzhou"));
    EXPECT_TRUE(regions.allows_tag_rules("cn-beijing", "cn-beijing"));
    EXPECT_FALSE(regions.allows_tag_rules("cn-beijing", "cn-zhangjiakou"));
    EXPECT_FALSE(regions.allows_tag_rules("na-south-1", "us-west-1"));
}

TEST(RegionCatalogue, offers_rtc_between_regions_of_one_side) {
    const RegionCatalogue regions;

    EXPECT_TRUE(regions.allows_rtc("cn-hangzhou", "cn-beijing"));
    EXPECT_FALSE(regions.allows_rtc("cn-hangzhou", "us-west-1"));
    EXPECT_FALSE(regions.allows_rtc("cn-hangzhou", "cn-hangzhou"));
}

TEST(RegionCatalogue, is_extended_and_corrected_by_an_operator) {
    RegionCatalogue regions;
    regions.extend({{.id = "lab-1",
                     .name = "The lab",
                     .is_mainland = true,
                     .has_zrs = false,
                     .tag_rules = TagRules::Anywhere,
                     .never_tag_rules = false,
                     .has_rtc = false},
                    {.id = "cn-hongkong",
                     .name = "Hong Kong",
                     .is_mainland = true,
                     .has_zrs = true,
                     .tag_rules = TagRules::Nowhere,
                     .never_tag_rules = false,
                     .has_rtc = true}});

    EXPECT_FALSE(regions.crosses_border("lab-1", "cn-hangzhou"));
    EXPECT_FALSE(regions.find("lab-1").has_zrs);
    EXPECT_TRUE(regions.allows_tag_rules("lab-1", "us-west-1"));
    EXPECT_FALSE(regions.allows_rtc("lab-1", "cn-hangzhou"));
    EXPECT_FALSE(regions.crosses_border("cn-hangzhou", "cn-hongkong"));
}

TEST(RegionCatalogue, guesses_of_a_region_that_it_does_not_know_by_its_name) {
    const RegionCatalogue regions;

    EXPECT_TRUE(regions.find("cn-own").is_mainland);
    EXPECT_FALSE(regions.find("own").is_mainland);
    EXPECT_FALSE(regions.allows_tag_rules("own", "us-west-1"));
    EXPECT_TRUE(RegionCatalogue(true).allows_tag_rules("own", "us-west-1"));
}

}  // namespace
}  // namespace antipode::replication

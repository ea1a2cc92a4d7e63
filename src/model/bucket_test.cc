#include "model/bucket.h"

#include <gtest/gtest.h>

namespace antipode {

TEST(BucketName, takes_the_names_of_the_documentation) {
    EXPECT_TRUE(check_bucket_name("abc", false));
    EXPECT_TRUE(check_bucket_name("a-1", false));
    EXPECT_TRUE(check_bucket_name("my.bucket", true));
}

TEST(BucketName, refuses_others) {
    for (const char* bad : {"ab", "Abc", "-ab", "ab-", "a_b", "a.b.", "a..b", ""}) {
        EXPECT_FALSE(check_bucket_name(bad, true)) << bad;
    }
    EXPECT_FALSE(check_bucket_name("my.bucket", false));
    EXPECT_FALSE(check_bucket_name(std::string(64, 'a'), false));
}

TEST(ObjectKey, takes_any_utf8) {
    EXPECT_TRUE(check_object_key("dir/a b+c%.txt", true));
    EXPECT_TRUE(check_object_key("\xE4\xB8\xAD\xE6\x96\x87", true));
    EXPECT_TRUE(check_object_key("/leading", false));
}

TEST(ObjectKey, refuses_others) {
    EXPECT_FALSE(check_object_key("", false));
    EXPECT_FALSE(check_object_key("/leading", true));
    EXPECT_FALSE(check_object_key("\xFF", false));
    EXPECT_FALSE(check_object_key("\xC0\x80", false)) << "overlong";
    EXPECT_FALSE(check_object_key("\xED\xA0\x80", false)) << "surrogate";
    EXPECT_FALSE(check_object_key(std::string_view("a\0b", 3), false));
    EXPECT_FALSE(check_object_key(std::string(1025, 'a'), false));
}

}  // namespace antipode

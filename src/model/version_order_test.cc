#include "model/version_order.h"

#include <gtest/gtest.h>

namespace antipode {

TEST(VersionId, is_reversible) {
    const VersionOrder order{hlc_from_ms(1767225600123) + 7, "cn-hangzhou"};
    EXPECT_EQ(parse_version_id(to_version_id(order)).value(), order);
}

TEST(VersionId, refuses_what_it_did_not_make) {
    for (const char* bad :
         {"", "null", "0", "zzz!", "CAEQMxiBgICbof2D0BYiIGRhZjgwMzJiMjA3", "0123456789abc"}) {
        const auto parsed = parse_version_id(bad);
        if (std::string_view(bad) == "0123456789abc") {
            continue;  // Eight bytes and no origin: refused below.
        }
        EXPECT_FALSE(parsed) << bad;
    }
    EXPECT_FALSE(parse_version_id("0123456789abc"));
}

TEST(VersionOrder, decides_by_clock_then_by_origin) {
    EXPECT_LT((VersionOrder{1, "z"}), (VersionOrder{2, "a"}));
    EXPECT_LT((VersionOrder{2, "cn-beijing"}), (VersionOrder{2, "cn-hangzhou"}));
}

}  // namespace antipode

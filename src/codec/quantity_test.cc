#include "codec/quantity.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "codec/nearest.h"

namespace antipode::codec {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, of_bytes_is_a_whole_number_with_a_binary_unit) {
    EXPECT_EQ(parse_size("64KiB").value(), 64 * kKiB);
    EXPECT_EQ(parse_size("3GiB").value(), 3 * kGiB);
    EXPECT_EQ(parse_size("512B").value(), 512U);
    EXPECT_EQ(parse_size("0").value(), 0U);
    for (const char* wrong : {"",
                              "64",
                              "KiB",
                              "64kb",
                              "1.5GiB",
                              "-1B",
                              " 1B",
                              "1B ",
                              "9999999TiB",
                              "99999999999999999999B"}) {
        EXPECT_FALSE(parse_size(wrong).has_value()) << wrong;
    }
}

TEST(Quantity, of_time_is_a_whole_number_with_a_unit) {
    EXPECT_EQ(parse_duration("250ms").value(), 250ms);
    EXPECT_EQ(parse_duration("5min").value(), 5min);
    EXPECT_EQ(parse_duration("1h").value(), 1h);
    for (const char* wrong : {"", "3", "s", "3sec", "3m", "1e3s", "9999999999h"}) {
        EXPECT_FALSE(parse_duration(wrong).has_value()) << wrong;
    }
}

TEST(Nearest, is_what_takes_the_fewest_edits) {
    EXPECT_EQ(nearest("regoin", {"listen", "region", "peer"}), "region");
    EXPECT_EQ(nearest("", {"zone", "a"}), "a");
}

}  // namespace
}  // namespace antipode::codec

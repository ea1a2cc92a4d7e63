#include "bench/load/histogram.h"

#include <gtest/gtest.h>

namespace antipode::bench {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, percentiles_are_within_two_percent) {
    Histogram histogram;
    for (int value = 1; value <= 1'000'000; ++value) {
        histogram.add(nanoseconds(value));
    }

    for (const double fraction : {0.01, 0.5, 0.9, 0.99, 0.999}) {
        const auto got = static_cast<double>(histogram.percentile(fraction).count());
        EXPECT_NEAR(got, fraction * 1e6, fraction * 1e6 * 0.02) << fraction;
    }
    EXPECT_EQ(histogram.percentile(1.0), nanoseconds(1'000'000));
    EXPECT_EQ(histogram.max(), nanoseconds(1'000'000));
    EXPECT_EQ(histogram.mean(), nanoseconds(500'000));
}

TEST(Histogram, small_values_are_exact) {
    Histogram histogram;
    histogram.add(nanoseconds(0));
    histogram.add(nanoseconds(127));

    EXPECT_EQ(histogram.percentile(0.5), nanoseconds(0));
    EXPECT_EQ(histogram.percentile(0.99), nanoseconds(127));
}

TEST(Histogram, takes_the_longest_time_there_is) {
    Histogram histogram;
    histogram.add(nanoseconds::max());

    EXPECT_EQ(histogram.percentile(0.5), nanoseconds::max());
}

TEST(Histogram, merging_equals_adding_to_one) {
    Histogram left;
    Histogram right;
    Histogram both;
    for (int value = 1; value < 5000; value += 7) {
        (value % 2 == 0 ? left : right).add(nanoseconds(value));
        both.add(nanoseconds(value));
    }

    left.merge(right);

    EXPECT_EQ(left.count(), both.count());
    EXPECT_EQ(left.percentile(0.5), both.percentile(0.5));
    EXPECT_EQ(left.max(), both.max());
}

TEST(Histogram, without_samples_every_percentile_is_zero) {
    EXPECT_EQ(Histogram().percentile(0.99), nanoseconds(0));
}

}  // namespace
}  // namespace antipode::bench

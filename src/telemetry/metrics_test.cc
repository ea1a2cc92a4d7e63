#include "telemetry/metrics.h"

#include <thread>

#include <gtest/gtest.h>

namespace antipode::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, shows_counters_and_gauges_with_labels) {
    Metrics metrics;
    metrics.counter("requests_total", "All requests.", {{"verb", "GET"}}).add(3);
    metrics.counter("requests_total", "All requests.", {{"verb", "PUT"}}).add();
    metrics.gauge("connections", "Open now.").set(-2);

    EXPECT_EQ(metrics.exposition(),
              "# HELP connections Open now.\n"
              "# TYPE connections gauge\n"
              "connections -2\n"
              "# HELP requests_total All requests.\n"
              "# TYPE requests_total counter\n"
              "requests_total{verb=\"GET\"} 3\n"
              "requests_total{verb=\"PUT\"} 1\n");
}

TEST(Metrics, escapes_label_values) {
    Metrics metrics;
    metrics.gauge("g", "h", {{"name", "a\"b\\c\nd"}}).set(1);

    EXPECT_NE(metrics.exposition().find("g{name=\"a\\\"b\\\\c\\nd\"} 1\n"), std::string::npos);
}

TEST(Metrics, gives_the_same_metric_for_the_same_name_and_labels) {
    Metrics metrics;

    EXPECT_EQ(&metrics.counter("a", "h", {{"x", "1"}}), &metrics.counter("a", "h", {{"x", "1"}}));
    EXPECT_NE(&metrics.counter("a", "h", {{"x", "1"}}), &metrics.counter("a", "h", {{"x", "2"}}));
}

TEST(MetricsDeathTest, stops_at_a_name_of_two_kinds) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Metrics metrics;
    metrics.counter("a", "h");

    EXPECT_DEATH(metrics.gauge("a", "h"), "kind");
    EXPECT_DEATH(metrics.gauge("not a name", "h"), "is_name");
}

TEST(Metrics, asks_for_observed_values_when_they_are_shown) {
    Metrics metrics;
    double value = 1;
    metrics.observe("seen", "h", {}, [&] { return value; });
    value = 2.5;

    EXPECT_NE(metrics.exposition().find("# TYPE seen gauge\nseen 2.5\n"), std::string::npos);
}

TEST(Metrics, shows_a_histogram_with_cumulative_buckets) {
    Metrics metrics;
    Histogram& histogram =
        metrics.histogram("latency_seconds", "h", Unit::Seconds, {{"verb", "GET"}});
    histogram.record(10us);
    histogram.record(1ms);
    histogram.record(1h);

    const std::string text = metrics.exposition();

    EXPECT_NE(text.find("latency_seconds_bucket{verb=\"GET\",le=\"1.6384e-05\"} 1\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("latency_seconds_bucket{verb=\"GET\",le=\"0.00104858\"} 2\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("latency_seconds_bucket{verb=\"GET\",le=\"68.7195\"} 2\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("latency_seconds_bucket{verb=\"GET\",le=\"+Inf\"} 3\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("latency_seconds_count{verb=\"GET\"} 3\n"), std::string::npos) << text;
}

TEST(Histogram, finds_quantiles_within_an_eighth) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100'000; ++value) {
        histogram.record(value);
    }

    for (const double share : {0.01, 0.5, 0.99, 0.999}) {
        const double exact = share * 100'000;
        EXPECT_GE(static_cast<double>(histogram.quantile(share)), exact);
        EXPECT_LE(static_cast<double>(histogram.quantile(share)), exact * 1.26);
    }
    EXPECT_EQ(histogram.count(), 100'000U);
    EXPECT_EQ(histogram.sum(), 5'000'050'000U);
}

TEST(Histogram, takes_the_least_and_the_greatest_value) {
    Histogram histogram;
    EXPECT_EQ(histogram.quantile(0.5), 0U);

    histogram.record(std::uint64_t{0});
    EXPECT_EQ(histogram.quantile(1.0), 0U);
    histogram.record(UINT64_MAX);
    EXPECT_EQ(histogram.quantile(1.0), UINT64_MAX);
    EXPECT_EQ(histogram.count_below_power_of_two(64), 2U);
}

TEST(Histogram, each_value_lies_within_its_bucket) {
    for (std::uint64_t value = 1; value < (std::uint64_t{1} << 62U); value += value / 4 + 1) {
        Histogram histogram;
        histogram.record(value);
        EXPECT_GE(histogram.quantile(1.0), value);
        EXPECT_LE(static_cast<double>(histogram.quantile(1.0)), static_cast<double>(value) * 1.25);
    }
}

TEST(Metrics, loses_no_update_of_several_threads) {
    Metrics metrics;
    Counter& counter = metrics.counter("a", "h");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 10'000; ++j) {
                counter.add();
                metrics.histogram("b", "h", Unit::Bytes).record(std::uint64_t{1});
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }

    EXPECT_EQ(counter.value(), 40'000U);
    EXPECT_EQ(metrics.histogram("b", "h", Unit::Bytes).count(), 40'000U);
}

}  // namespace
}  // namespace antipode::telemetry

#include "telemetry/metrics.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/exposition_check.h"

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

TEST(Metrics, shows_a_histogram_of_counts_and_one_that_is_kept_elsewhere) {
    Metrics metrics;
    Histogram groups;
    groups.record(std::uint64_t{1});
    groups.record(std::uint64_t{2});
    groups.record(std::uint64_t{7});
    metrics.observe("group_records", "h", Unit::Count, {{"zone", "a"}}, groups);

    const std::string text = metrics.exposition();

    EXPECT_NE(text.find("group_records_bucket{zone=\"a\",le=\"1\"} 1\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("group_records_bucket{zone=\"a\",le=\"3\"} 2\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("group_records_bucket{zone=\"a\",le=\"7\"} 3\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("group_records_sum{zone=\"a\"} 10\n"), std::string::npos) << text;
}

TEST(Metrics, shows_what_prometheus_reads) {
    Metrics metrics;
    metrics.counter("a_total", "Line one,\nline two.", {{"path", "a\"b\\c\nd"}}).add(3);
    metrics.gauge("b", "h").set(-7);
    metrics.histogram("c_seconds", "h", Unit::Seconds, {{"verb", "GET"}}).record(1ms);
    metrics.histogram("c_seconds", "h", Unit::Seconds, {{"verb", "PUT"}}).record(1h);
    metrics.histogram("d_bytes", "h", Unit::Bytes).record(std::uint64_t{5000});
    metrics.observe("e", "h", {}, [] { return 1e300; });

    const testing::ExpositionCheck page(metrics.exposition());

    EXPECT_THAT(page.findings(), ::testing::IsEmpty());
    ASSERT_NE(page.value("b"), nullptr);
    EXPECT_EQ(*page.value("b"), -7.0);
    ASSERT_NE(page.value("d_bytes_bucket{le=\"8192\"}"), nullptr);
    EXPECT_EQ(*page.value("d_bytes_bucket{le=\"8192\"}"), 1.0);
}

TEST(ExpositionCheck, finds_what_prometheus_would_not_read) {
    const std::string head = "# HELP a h\n# TYPE a gauge\n";
    for (const std::string& page : std::vector<std::string>{
             head + "a 1",
             head + "a one\n",
             head + "a 1\na 2\n",
             head + "a{b=c} 1\n",
             "a 1\n",
             "# HELP a h\n# TYPE a counter\na 1\n",
             "# HELP a h\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum "
             "1\na_count 1\n",
             "# HELP a h\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 1\n"}) {
        EXPECT_EQ(testing::ExpositionCheck(page).findings().size(), 1U) << page;
    }
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

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/executor.h"

namespace antipode::telemetry {

/// Only ever grows.
class Counter {
  public:
    void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }

    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }

    void add(std::int64_t difference) { value_.fetch_add(difference, std::memory_order_relaxed); }

    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_ = 0;
};

/// A distribution in buckets that grow by a quarter of an octave: any quantile to about 12 %, 2 KiB
/// of memory, one atomic add to record.
class Histogram {
  public:
    /// Nanoseconds, bytes, or whatever the unit of registration says.
    void record(std::uint64_t value) {
        buckets_[index_of(value)].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }

    void record(runtime::Duration took) {
        record(static_cast<std::uint64_t>(std::max<runtime::Duration::rep>(took.count(), 0)));
    }

    [[nodiscard]] std::uint64_t count() const;

    [[nodiscard]] std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }

    /// The upper bound of the bucket that the quantile (0..1) falls into; 0 when nothing was
    /// recorded.
    [[nodiscard]] std::uint64_t quantile(double share) const;
    /// How many values were less than 2^exponent.
    [[nodiscard]] std::uint64_t count_below_power_of_two(unsigned exponent) const;

  private:
    static constexpr std::size_t kBuckets = 256;

    /// Two bits below the highest one choose the bucket within the octave; 0 to 3 have their own.
    static std::size_t index_of(std::uint64_t value) {
        if (value < 4) {
            return static_cast<std::size_t>(value);
        }
        const auto top = static_cast<unsigned>(std::bit_width(value) - 1);
        return (top - 1) * std::size_t{4} + ((value >> (top - 2)) & 3U);
    }

    /// The least value beyond the bucket, less one.
    static std::uint64_t upper_bound_of(std::size_t index);

    std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
    std::atomic<std::uint64_t> sum_ = 0;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// What a histogram's values are; decides the bounds and the scale of its exposition.
enum class Unit : std::uint8_t {
    Seconds,  ///< Recorded in nanoseconds, shown in seconds from 16 us to 69 s.
    Bytes,    ///< 1 KiB to 8 GiB.
    Count,    ///< Of things: 1 to 16383.
};

/// All metrics of the process, named as Prometheus wants it ("antipode_requests_total").
///
/// Registering takes a lock: keep the reference, which lives as long as this object. The same name
/// and labels give the same metric; the same name with another kind is a mistake of ours (CHECK).
/// Updates are lock-free, from any thread.
class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name,
                         const std::string& help,
                         Unit unit,
                         const Labels& labels = {});
    /// A gauge (or, for names that end in _total, a counter) whose value is asked for when it is
    /// shown, on the thread that shows it. What it refers to outlives this object.
    void observe(const std::string& name,
                 const std::string& help,
                 const Labels& labels,
                 std::function<double()> value);

    /// The same for a distribution that is kept elsewhere.
    void observe(const std::string& name,
                 const std::string& help,
                 Unit unit,
                 const Labels& labels,
                 const Histogram& histogram);

    /// Prometheus text format 0.0.4, families by name.
    [[nodiscard]] std::string exposition() const;

  private:
    struct Family;
    Family& family(const std::string& name, const std::string& help, const char* kind);

    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Family>> families_;
};

}  // namespace antipode::telemetry

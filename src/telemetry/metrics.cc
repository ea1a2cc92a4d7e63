#include "telemetry/metrics.h"

#include <algorithm>
#include <iterator>
#include <variant>

#include <fmt/format.h>

#include "base/check.h"

namespace antipode::telemetry {

namespace {

std::string escape(std::string_view text, bool quotes_too) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || (c == '"' && quotes_too)) {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

bool is_name(std::string_view name) {
    return !name.empty() && (name.front() < '0' || name.front() > '9') &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_';
           });
}

/// `a="1",b="2"`, without braces.
std::string to_text(const Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
        CHECK(is_name(name));
        out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escape(value, true));
    }
    return out;
}

void write_sample(std::string& out,
                  const std::string& name,
                  const std::string& labels,
                  const std::string& value) {
    if (labels.empty()) {
        fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
    } else {
        fmt::format_to(std::back_inserter(out), "{}{{{}}} {}\n", name, labels, value);
    }
}

/// Bounds shown are every second octave; finer ones stay inside for quantile().
struct Scale {
    unsigned first_exponent;
    unsigned last_exponent;
    double factor;
};

Scale scale_of(Unit unit) {
    switch (unit) {
        case Unit::Seconds:
            return {.first_exponent = 14, .last_exponent = 36, .factor = 1e-9};
        case Unit::Bytes:
            return {.first_exponent = 10, .last_exponent = 33, .factor = 1.0};
        case Unit::Count:
            return {.first_exponent = 1, .last_exponent = 14, .factor = 1.0};
    }
    CHECK(false);
}

void write_histogram(std::string& out,
                     const std::string& name,
                     const std::string& labels,
                     const Histogram& histogram,
                     Unit unit) {
    const Scale scale = scale_of(unit);
    const std::string separator = labels.empty() ? "" : ",";
    for (unsigned exponent = scale.first_exponent; exponent <= scale.last_exponent; ++exponent) {
        // The buckets end before the power of two; for whole things that is the number below it.
        const std::uint64_t end = (std::uint64_t{1} << exponent) - (unit == Unit::Count ? 1 : 0);
        const double bound = static_cast<double>(end) * scale.factor;
        write_sample(out,
                     name + "_bucket",
                     fmt::format("{}{}le=\"{:.6g}\"", labels, separator, bound),
                     fmt::format("{}", histogram.count_below_power_of_two(exponent)));
    }
    // One reading of the count, so that the last bucket and the count agree.
    const std::string count = fmt::format("{}", histogram.count());
    write_sample(out, name + "_bucket", labels + separator + "le=\"+Inf\"", count);
    write_sample(out,
                 name + "_sum",
                 labels,
                 fmt::format("{}", static_cast<double>(histogram.sum()) * scale.factor));
    write_sample(out, name + "_count", labels, count);
}

}  // namespace

std::uint64_t Histogram::upper_bound_of(std::size_t index) {
    if (index < 4) {
        return index;
    }
    const std::uint64_t octave = index / 4 + 1;
    const std::uint64_t quarter = index % 4;
    // (4 + quarter + 1) * 2^(octave - 2) - 1, which wraps to the greatest value in the last bucket.
    return ((5 + quarter) << (octave - 2)) - 1;
}

std::uint64_t Histogram::count() const {
    std::uint64_t count = 0;
    for (const auto& bucket : buckets_) {
        count += bucket.load(std::memory_order_relaxed);
    }
    return count;
}

std::uint64_t Histogram::quantile(double share) const {
    const std::uint64_t all = count();
    if (all == 0) {
        return 0;
    }
    const double clamped = std::clamp(share, 0.0, 1.0);
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(clamped * static_cast<double>(all) + 0.5));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += buckets_[i].load(std::memory_order_relaxed);
        if (seen >= rank) {
            return upper_bound_of(i);
        }
    }
    return upper_bound_of(kBuckets - 1);
}

std::uint64_t Histogram::count_below_power_of_two(unsigned exponent) const {
    const std::size_t end = exponent < 64 ? index_of(std::uint64_t{1} << exponent) : kBuckets;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < end; ++i) {
        count += buckets_[i].load(std::memory_order_relaxed);
    }
    return count;
}

struct Metrics::Family {
    struct Distribution {
        Histogram histogram;
        Unit unit;

        explicit Distribution(Unit its_unit) : unit(its_unit) {}
    };

    /// Somebody else's.
    struct Observed {
        const Histogram* histogram;
        Unit unit;
    };

    using Series = std::variant<std::unique_ptr<Counter>,
                                std::unique_ptr<Gauge>,
                                std::unique_ptr<Distribution>,
                                Observed,
                                std::function<double()>>;

    std::string help;
    std::string kind;
    std::map<std::string, Series> series;  // By the text of the labels.

    template <typename T, typename... Args>
    T& get(const Labels& labels, Args... args) {
        const std::string key = to_text(labels);
        auto found = series.find(key);
        if (found == series.end()) {
            found = series.emplace(key, std::make_unique<T>(args...)).first;
        }
        auto* place = std::get_if<std::unique_ptr<T>>(&found->second);
        CHECK(place != nullptr);
        return **place;
    }
};

Metrics::Metrics() = default;

Metrics::~Metrics() = default;

Metrics::Family& Metrics::family(const std::string& name,
                                 const std::string& help,
                                 const char* kind) {
    CHECK(is_name(name));
    auto& place = families_[name];
    if (!place) {
        place = std::make_unique<Family>();
        place->help = help;
        place->kind = kind;
    }
    CHECK(place->kind == kind);
    return *place;
}

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    return family(name, help, "counter").get<Counter>(labels);
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    return family(name, help, "gauge").get<Gauge>(labels);
}

Histogram& Metrics::histogram(const std::string& name,
                              const std::string& help,
                              Unit unit,
                              const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    auto& distribution = family(name, help, "histogram").get<Family::Distribution>(labels, unit);
    CHECK(distribution.unit == unit);
    return distribution.histogram;
}

void Metrics::observe(const std::string& name,
                      const std::string& help,
                      const Labels& labels,
                      std::function<double()> value) {
    const std::scoped_lock lock(mutex_);
    const char* kind = name.ends_with("_total") ? "counter" : "gauge";
    family(name, help, kind).series.insert_or_assign(to_text(labels), std::move(value));
}

void Metrics::observe(const std::string& name,
                      const std::string& help,
                      Unit unit,
                      const Labels& labels,
                      const Histogram& histogram) {
    const std::scoped_lock lock(mutex_);
    family(name, help, "histogram")
        .series.insert_or_assign(to_text(labels), Family::Observed{&histogram, unit});
}

std::string Metrics::exposition() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        fmt::format_to(std::back_inserter(out),
                       "# HELP {} {}\n# TYPE {} {}\n",
                       name,
                       escape(family->help, false),
                       name,
                       family->kind);
        for (const auto& [labels, series] : family->series) {
            if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&series)) {
                write_sample(out, name, labels, fmt::format("{}", (*counter)->value()));
            } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&series)) {
                write_sample(out, name, labels, fmt::format("{}", (*gauge)->value()));
            } else if (const auto* one =
                           std::get_if<std::unique_ptr<Family::Distribution>>(&series)) {
                write_histogram(out, name, labels, (*one)->histogram, (*one)->unit);
            } else if (const auto* other = std::get_if<Family::Observed>(&series)) {
                write_histogram(out, name, labels, *other->histogram, other->unit);
            } else {
                write_sample(out,
                             name,
                             labels,
                             fmt::format("{}", std::get<std::function<double()>>(series)()));
            }
        }
    }
    return out;
}

}  // namespace antipode::telemetry

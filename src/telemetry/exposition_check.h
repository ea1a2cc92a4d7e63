#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace antipode::telemetry::testing {

/// Reads a page as Prometheus does (text format 0.0.4) and holds it to its conventions besides. For
/// tests.
class ExpositionCheck {
  public:
    explicit ExpositionCheck(const std::string& page) {
        if (!page.ends_with('\n')) {
            note("the page", "does not end with a line end");
        }
        for (std::size_t start = 0; start < page.size();) {
            const std::size_t end = std::min(page.find('\n', start), page.size());
            read_line(page.substr(start, end - start));
            start = end + 1;
        }
        check_histograms();
    }

    /// One line each; none for a page that is right.
    [[nodiscard]] const std::vector<std::string>& findings() const { return findings_; }

    /// The value of a sample, by its name and labels as they are written; null when there is none.
    [[nodiscard]] const double* value(const std::string& sample) const {
        const auto found = samples_.find(sample);
        return found == samples_.end() ? nullptr : &found->second;
    }

  private:
    struct Family {
        std::string kind;
        bool has_help = false;
    };

    void note(const std::string& where, const std::string& what) {
        findings_.push_back(where + ": " + what);
    }

    void read_line(const std::string& line) {
        static const std::regex kHead("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
        static const std::regex kSample(
            R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*",?)*\})? (\S+))re");
        std::smatch match;
        if (std::regex_match(line, match, kHead)) {
            read_head(match[1], match[2], match[3]);
        } else if (std::regex_match(line, match, kSample)) {
            read_sample(match[1], match[2], match[3]);
        } else {
            note(line, "is no line of the format");
        }
    }

    void read_head(const std::string& what, const std::string& name, const std::string& text) {
        const bool is_new = !families_.contains(name);
        Family& family = families_[name];
        if (!is_new && name != current_) {
            note(name, "is in two places");
        }
        current_ = name;
        if (what == "HELP") {
            family.has_help = true;
            return;
        }
        family.kind = text;
        if (text != "counter" && text != "gauge" && text != "histogram") {
            note(name, "is of an unknown type");
        }
        if ((text == "counter") != name.ends_with("_total") && !name.starts_with("process_")) {
            note(name, "ends with _total when it is a counter, and only then");
        }
    }

    void read_sample(const std::string& name, const std::string& labels, const std::string& text) {
        std::string owner = name;
        if (!families_.contains(owner)) {
            for (const char* const suffix : {"_bucket", "_sum", "_count"}) {
                if (name.ends_with(suffix)) {
                    owner = name.substr(0, name.rfind('_'));
                }
            }
        }
        const auto family = families_.find(owner);
        if (family == families_.end() || owner != current_ || family->second.kind.empty() ||
            !family->second.has_help) {
            note(name, "does not stand under its HELP and TYPE");
        } else if ((owner != name) != (family->second.kind == "histogram")) {
            note(name, "is no sample of its type");
        }
        std::size_t used = 0;
        double value = 0;
        try {
            value = std::stod(text, &used);
        } catch (const std::exception&) {
            used = 0;
        }
        if (used != text.size()) {
            note(name, text + " is no number");
        }
        if (!samples_.emplace(name + labels, value).second) {
            note(name + labels, "is there twice");
        }
        if (name.ends_with("_bucket") && owner != name) {
            buckets_[owner + without_bound(labels)].push_back(value);
        }
    }

    static std::string without_bound(const std::string& labels) {
        static const std::regex kBound(R"re(,?le="[^"]*")re");
        const std::string rest = std::regex_replace(labels, kBound, "");
        return rest == "{}" ? "" : rest;
    }

    /// Buckets grow, and the last one is all.
    void check_histograms() {
        for (const auto& [series, counts] : buckets_) {
            if (!std::is_sorted(counts.begin(), counts.end())) {
                note(series, "has buckets that shrink");
            }
            const std::size_t name_end = std::min(series.find('{'), series.size());
            const std::string labels = series.substr(name_end);
            const double* const count = value(series.substr(0, name_end) + "_count" + labels);
            const double* const sum = value(series.substr(0, name_end) + "_sum" + labels);
            if (count == nullptr || sum == nullptr) {
                note(series, "has no count or no sum");
            } else if (*count != counts.back()) {
                note(series, "counts others than its last bucket");
            }
        }
    }

    std::map<std::string, Family> families_;
    std::string current_;
    std::map<std::string, double> samples_;
    std::map<std::string, std::vector<double>> buckets_;
    std::vector<std::string> findings_;
};

}  // namespace antipode::telemetry::testing

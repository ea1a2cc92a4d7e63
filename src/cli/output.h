#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace antipode::cli {

/// Columns as wide as their widest cell, two spaces between, a line each; the first row is the
/// head.
class Table {
  public:
    explicit Table(std::vector<std::string> head) { add(std::move(head)); }

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    [[nodiscard]] std::string str() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

/// "1.4 GiB", "12 B"
std::string show_bytes(std::uint64_t bytes);
/// "1.5 MiB/s"; "-" for 0.
std::string show_rate(double bytes_per_second);
/// "350 ms", "4.2 s", "12 min", "3.5 h", "2.0 d".
std::string show_duration(std::int64_t milliseconds);
/// "██████░░░░" of `width` cells; `share` is cut to 0..1. A share above 0 has at least one full
/// cell, and only a share of 1 has all.
std::string show_bar(double share, std::size_t width);
/// "2024-05-01T10:00:00.000Z"; "-" for 0.
std::string show_time(std::int64_t milliseconds);

// Fields of an answer; a field that is missing or of another kind reads as empty, because the
// server may be of another version and a table with a hole is better than none.
std::string text_at(const boost::json::value& object, std::string_view field);
std::uint64_t number_at(const boost::json::value& object, std::string_view field);
double fraction_at(const boost::json::value& object, std::string_view field);
/// Nothing when the field is null, missing or no number.
std::optional<double> maybe_at(const boost::json::value& object, std::string_view field);
bool flag_at(const boost::json::value& object, std::string_view field);
const boost::json::array& list_at(const boost::json::value& object, std::string_view field);

}  // namespace antipode::cli

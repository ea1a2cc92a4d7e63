#include "cli/output.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "codec/http_date.h"

namespace antipode::cli {

namespace {

const boost::json::value* find(const boost::json::value& object, std::string_view field) {
    const boost::json::object* fields = object.if_object();
    return fields == nullptr ? nullptr : fields->if_contains(field);
}

/// Bytes of UTF-8 that begin a character: close enough to columns for names.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string Table::str() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width(row[i]));
        }
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            line.append(i + 1 < row.size() ? widths[i] - width(row[i]) + 2 : 0, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string show_bytes(std::uint64_t bytes) {
    constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1024 && unit + 1 < kUnits.size()) {
        amount /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes)
                     : fmt::format("{:.1f} {}", amount, kUnits.at(unit));
}

std::string show_rate(double bytes_per_second) {
    return bytes_per_second <= 0 ? "-"
                                 : show_bytes(static_cast<std::uint64_t>(bytes_per_second)) + "/s";
}

std::string show_duration(std::int64_t milliseconds) {
    const auto amount = static_cast<double>(milliseconds);
    constexpr double kSecond = 1000;
    constexpr double kMinute = 60 * kSecond;
    constexpr double kHour = 60 * kMinute;
    constexpr double kDay = 24 * kHour;
    if (amount < kSecond) {
        return fmt::format("{} ms", milliseconds);
    }
    if (amount < kMinute) {
        return fmt::format("{:.1f} s", amount / kSecond);
    }
    if (amount < kHour) {
        return fmt::format("{:.1f} min", amount / kMinute);
    }
    return amount < kDay ? fmt::format("{:.1f} h", amount / kHour)
                         : fmt::format("{:.1f} d", amount / kDay);
}

std::string show_bar(double share, std::size_t width) {
    const double cut = std::clamp(share, 0.0, 1.0);
    auto full = static_cast<std::size_t>(cut * static_cast<double>(width));
    if (cut > 0 && full == 0) {
        full = 1;
    }
    if (cut < 1 && full == width) {
        full = width - 1;
    }
    std::string bar;
    for (std::size_t i = 0; i < width; ++i) {
        bar += i < full ? "█" : "░";
    }
    return bar;
}

std::string show_time(std::int64_t milliseconds) {
    return milliseconds == 0
               ? "-"
               : codec::format_iso8601(codec::UtcTime(std::chrono::milliseconds(milliseconds)));
}

std::string text_at(const boost::json::value& object, std::string_view field) {
    const boost::json::value* value = find(object, field);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

std::uint64_t number_at(const boost::json::value& object, std::string_view field) {
    const boost::json::value* value = find(object, field);
    boost::json::error_code error;
    const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
    return error ? 0 : number;
}

double fraction_at(const boost::json::value& object, std::string_view field) {
    const boost::json::value* value = find(object, field);
    boost::json::error_code error;
    const double number = value == nullptr ? 0 : value->to_number<double>(error);
    return error ? 0 : number;
}

std::optional<double> maybe_at(const boost::json::value& object, std::string_view field) {
    const boost::json::value* value = find(object, field);
    boost::json::error_code error;
    const double number = value == nullptr ? 0 : value->to_number<double>(error);
    return value == nullptr || error ? std::nullopt : std::optional(number);
}

bool flag_at(const boost::json::value& object, std::string_view field) {
    const boost::json::value* value = find(object, field);
    return value != nullptr && value->is_bool() && value->get_bool();
}

const boost::json::array& list_at(const boost::json::value& object, std::string_view field) {
    static const boost::json::array kEmpty;
    const boost::json::value* value = find(object, field);
    return value != nullptr && value->is_array() ? value->get_array() : kEmpty;
}

}  // namespace antipode::cli

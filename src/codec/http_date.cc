#include "codec/http_date.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace antipode::codec {

namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Civil {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    unsigned milli = 0;
    unsigned weekday = 0;
};

Civil to_civil(UtcTime time) {
    const sys_days day = std::chrono::floor<days>(time);
    const year_month_day date(day);
    const std::chrono::hh_mm_ss<milliseconds> clock(time - day);
    Civil civil;
    civil.year = static_cast<int>(date.year());
    civil.month = static_cast<unsigned>(date.month());
    civil.day = static_cast<unsigned>(date.day());
    civil.hour = static_cast<unsigned>(clock.hours().count());
    civil.minute = static_cast<unsigned>(clock.minutes().count());
    civil.second = static_cast<unsigned>(clock.seconds().count());
    civil.milli = static_cast<unsigned>(clock.subseconds().count());
    civil.weekday = std::chrono::weekday(day).c_encoding();
    return civil;
}

std::optional<UtcTime> from_civil(const Civil& civil) {
    const year_month_day date(std::chrono::year(civil.year),
                              std::chrono::month(civil.month),
                              std::chrono::day(civil.day));
    // A leap second is accepted and counted into the next minute.
    if (!date.ok() || civil.year < 1 || civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
        return std::nullopt;
    }
    return sys_days(date) + std::chrono::hours(civil.hour) + std::chrono::minutes(civil.minute) +
           std::chrono::seconds(civil.second) + milliseconds(civil.milli);
}

/// Takes pieces from the front of a text; after the first that does not fit everything fails.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    /// 'd' takes one digit, '_' a digit or a space, anything else itself. Returns the number of the
    /// digits.
    unsigned number(std::size_t digits, bool may_be_padded = false) {
        unsigned value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char c = next();
            if (may_be_padded && i == 0 && c == ' ') {
                continue;
            }
            is_ok_ = is_ok_ && c >= '0' && c <= '9';
            value = is_ok_ ? value * 10 + static_cast<unsigned>(c - '0') : 0;
        }
        return value;
    }

    void literal(std::string_view text) {
        is_ok_ = is_ok_ && rest_.starts_with(text);
        rest_.remove_prefix(is_ok_ ? text.size() : rest_.size());
    }

    unsigned month() {
        const auto found = std::ranges::find(kMonths, rest_.substr(0, 3));
        is_ok_ = is_ok_ && found != kMonths.end();
        rest_.remove_prefix(std::min<std::size_t>(3, rest_.size()));
        return static_cast<unsigned>(found - kMonths.begin()) + 1;
    }

    void zone() {
        is_ok_ = is_ok_ &&
                 (rest_ == " GMT" || rest_ == " UTC" || rest_ == " +0000" || rest_ == " -0000");
        rest_ = {};
    }

    void clock(Civil& civil) {
        civil.hour = number(2);
        literal(":");
        civil.minute = number(2);
        literal(":");
        civil.second = number(2);
    }

    [[nodiscard]] std::string_view rest() const { return rest_; }

    void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

    [[nodiscard]] std::optional<UtcTime> finish(const Civil& civil) const {
        return is_ok_ && rest_.empty() ? from_civil(civil) : std::nullopt;
    }

  private:
    char next() {
        if (rest_.empty()) {
            is_ok_ = false;
            return '\0';
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    bool is_ok_ = true;
};

bool starts_with_day_name(std::string_view text) {
    return std::ranges::any_of(kDays, [&](std::string_view day) { return text.starts_with(day); });
}

std::optional<UtcTime> parse_imf_fixdate(std::string_view text) {
    Scanner scan(text.substr(5));
    Civil civil;
    civil.day = scan.number(2);
    scan.literal(" ");
    civil.month = scan.month();
    scan.literal(" ");
    civil.year = static_cast<int>(scan.number(4));
    scan.literal(" ");
    scan.clock(civil);
    scan.zone();
    return scan.finish(civil);
}

std::optional<UtcTime> parse_rfc850(std::string_view text, std::size_t comma) {
    Scanner scan(text.substr(comma + 1));
    Civil civil;
    scan.literal(" ");
    civil.day = scan.number(2);
    scan.literal("-");
    civil.month = scan.month();
    scan.literal("-");
    const unsigned short_year = scan.number(2);
    civil.year = static_cast<int>(short_year < 70 ? 2000 + short_year : 1900 + short_year);
    scan.literal(" ");
    scan.clock(civil);
    scan.zone();
    return scan.finish(civil);
}

std::optional<UtcTime> parse_asctime(std::string_view text) {
    Scanner scan(text.substr(3));
    Civil civil;
    scan.literal(" ");
    civil.month = scan.month();
    scan.literal(" ");
    civil.day = scan.number(2, true);
    scan.literal(" ");
    scan.clock(civil);
    scan.literal(" ");
    civil.year = static_cast<int>(scan.number(4));
    return scan.finish(civil);
}

}  // namespace

std::string format_http_date(UtcTime time) {
    const Civil at = to_civil(time);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       kDays[at.weekday],
                       at.day,
                       kMonths[at.month - 1],
                       at.year,
                       at.hour,
                       at.minute,
                       at.second);
}

std::optional<UtcTime> parse_http_date(std::string_view text) {
    if (text.size() > 64 || !starts_with_day_name(text)) {
        return std::nullopt;
    }
    const std::size_t comma = text.find(',');
    if (comma == 3) {
        return text.size() < 6 ? std::nullopt : parse_imf_fixdate(text);
    }
    return comma == std::string_view::npos ? parse_asctime(text) : parse_rfc850(text, comma);
}

std::string format_iso8601(UtcTime time) {
    const Civil at = to_civil(time);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                       at.year,
                       at.month,
                       at.day,
                       at.hour,
                       at.minute,
                       at.second,
                       at.milli);
}

std::optional<UtcTime> parse_iso8601(std::string_view text) {
    if (text.size() > 64) {
        return std::nullopt;
    }
    Scanner scan(text);
    Civil civil;
    civil.year = static_cast<int>(scan.number(4));
    scan.literal("-");
    civil.month = scan.number(2);
    scan.literal("-");
    civil.day = scan.number(2);
    if (scan.rest().empty()) {
        return scan.finish(civil);
    }
    scan.literal("T");
    scan.clock(civil);
    if (scan.rest().starts_with('.')) {
        const std::string_view rest = scan.rest().substr(1);
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        if (digits == 0) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < 3; ++i) {
            const unsigned digit = i < digits ? static_cast<unsigned>(rest[i] - '0') : 0;
            civil.milli = civil.milli * 10 + digit;
        }
        scan.skip(1 + digits);
    }
    scan.literal("Z");
    return scan.finish(civil);
}

std::string format_basic(UtcTime time) {
    const Civil at = to_civil(time);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z",
                       at.year,
                       at.month,
                       at.day,
                       at.hour,
                       at.minute,
                       at.second);
}

std::optional<UtcTime> parse_basic(std::string_view text) {
    Scanner scan(text);
    Civil civil;
    civil.year = static_cast<int>(scan.number(4));
    civil.month = scan.number(2);
    civil.day = scan.number(2);
    scan.literal("T");
    civil.hour = scan.number(2);
    civil.minute = scan.number(2);
    civil.second = scan.number(2);
    scan.literal("Z");
    return scan.finish(civil);
}

std::string format_basic_date(UtcTime time) {
    return format_basic(time).substr(0, 8);
}

}  // namespace antipode::codec

#include "http/detail/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>

#include "codec/ascii.h"

namespace antipode::http {

namespace {

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    out.append(digits.begin(), end);
}

bool is_our_own_work(std::string_view name) {
    // The size tells nearly all others apart without looking at a letter.
    switch (name.size()) {
        case 4:
            return equal_ignoring_case(name, "date");
        case 10:
            return equal_ignoring_case(name, "connection");
        case 14:
            return equal_ignoring_case(name, "content-length");
        case 17:
            return equal_ignoring_case(name, "transfer-encoding");
        default:
            return false;
    }
}

/// The one place where a field is written, and the last where a value of a client's choosing could
/// begin a field of its own. The dialects refuse such values; what slips through loses its control
/// characters here.
void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (!codec::is_field_name(name)) {
        return;
    }
    out += name;
    out += ": ";
    const std::size_t start = out.size();
    out += value;
    if (!codec::is_field_value(value)) {
        std::replace_if(
            out.begin() + static_cast<std::ptrdiff_t>(start),
            out.end(),
            [](char c) { return !codec::is_field_character(c); },
            ' ');
    }
    out += "\r\n";
}

}  // namespace

ResponsePlan plan_response(const Response& response, std::string_view method, bool is_http_11) {
    ResponsePlan plan;
    plan.sends_body = method != "HEAD" && response.status != 204 && response.status != 304;
    if (!plan.sends_body && response.announced_size) {
        plan.length = *response.announced_size;
    } else if (response.status == 204 || response.status == 304) {
        plan.framing = Framing::None;
    } else if (!response.stream) {
        plan.length = response.text.size();
    } else if (response.stream_size) {
        plan.length = *response.stream_size;
    } else {
        plan.framing = is_http_11 ? Framing::Chunked : Framing::Close;
    }
    return plan;
}

std::string_view DateLine::at(runtime::WallTime now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second_ != second) {
        static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr std::array kMonths{
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const auto day = std::chrono::floor<std::chrono::days>(second);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss time(second - day);
        line_ = fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
                            kDays[std::chrono::weekday(day).c_encoding()],
                            static_cast<unsigned>(date.day()),
                            kMonths[static_cast<unsigned>(date.month()) - 1],
                            static_cast<int>(date.year()),
                            time.hours().count(),
                            time.minutes().count(),
                            time.seconds().count());
        second_ = second;
    }
    return line_;
}

void write_response_head(std::string& out,
                         const Response& response,
                         const ResponsePlan& plan,
                         ConnectionNote note,
                         std::string_view date) {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    for (const auto& [name, value] : response.headers.all()) {
        if (!is_our_own_work(name)) {
            append_field(out, name, value);
        }
    }
    out += date;
    if (plan.framing == Framing::Length) {
        out += "Content-Length: ";
        append_number(out, plan.length);
        out += "\r\n";
    } else if (plan.framing == Framing::Chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (!note.keep_alive) {
        out += "Connection: close\r\n";
    } else if (!note.is_http_11) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

}  // namespace antipode::http

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace antipode::codec {

/// The same type as runtime::WallTime. All formats below are of UTC.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// "Sun, 06 Nov 1994 08:49:37 GMT"; milliseconds are cut off.
std::string format_http_date(UtcTime time);

/// The three forms of RFC 9110 section 5.6.7 (IMF-fixdate, RFC 850, asctime); "UTC" and "+0000" are
/// taken for GMT, because clients send them. The name of the day is not checked against the date.
/// Null for anything else.
std::optional<UtcTime> parse_http_date(std::string_view text);

/// "2009-10-12T17:50:30.000Z"
std::string format_iso8601(UtcTime time);

/// "2009-10-12T17:50:30[.fff...]Z" and a bare date "2009-10-12"; more than three digits of fraction
/// are cut off.
std::optional<UtcTime> parse_iso8601(std::string_view text);

/// "20130524T000000Z"
std::string format_basic(UtcTime time);
std::optional<UtcTime> parse_basic(std::string_view text);

/// "20130524"
std::string format_basic_date(UtcTime time);

}  // namespace antipode::codec

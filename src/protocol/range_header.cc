#include "protocol/range_header.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

namespace antipode::protocol {

namespace {

/// Digits only; a number beyond 64 bits counts as the largest.
std::optional<std::uint64_t> parse_position(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument) {
        return std::nullopt;
    }
    return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

RangeChoice partial(std::uint64_t first, std::uint64_t last, std::uint64_t size_bytes) {
    if (first >= size_bytes) {
        return {.kind = RangeChoice::Kind::Unsatisfiable, .range = {}, .was_cut = true};
    }
    const std::uint64_t end = std::min(last, size_bytes - 1) + 1;
    return {.kind = RangeChoice::Kind::Partial,
            .range = {.offset = first, .size = end - first},
            .was_cut = last >= size_bytes};
}

}  // namespace

RangeChoice choose_range(std::string_view header, std::uint64_t size_bytes) {
    constexpr std::string_view kUnit = "bytes=";
    if (!header.starts_with(kUnit)) {
        return {};
    }
    header.remove_prefix(kUnit.size());
    const std::size_t dash = header.find('-');
    if (dash == std::string_view::npos) {
        return {};
    }
    const std::string_view first_text = header.substr(0, dash);
    const std::string_view last_text = header.substr(dash + 1);
    const auto first = parse_position(first_text);
    const auto last = parse_position(last_text);
    if (first_text.empty() && last) {
        if (*last == 0 || size_bytes == 0) {
            return {.kind = RangeChoice::Kind::Unsatisfiable, .range = {}, .was_cut = false};
        }
        RangeChoice suffix =
            partial(size_bytes - std::min(*last, size_bytes), size_bytes - 1, size_bytes);
        suffix.was_cut = *last > size_bytes;
        return suffix;
    }
    if (!first || (!last && !last_text.empty()) || (last && *last < *first)) {
        return {};
    }
    if (last) {
        return partial(*first, *last, size_bytes);
    }
    RangeChoice open = partial(*first, UINT64_MAX, size_bytes);
    open.was_cut = open.kind == RangeChoice::Kind::Unsatisfiable;
    return open;
}

}  // namespace antipode::protocol

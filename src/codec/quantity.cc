#include "codec/quantity.h"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/units.h"

namespace antipode::codec {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array kSizeUnits{Unit{"B", 1},
                                Unit{"KiB", kKiB},
                                Unit{"MiB", kMiB},
                                Unit{"GiB", kGiB},
                                Unit{"TiB", 1024 * kGiB}};
constexpr std::array kTimeUnits{Unit{"ms", 1'000'000},
                                Unit{"s", 1'000'000'000},
                                Unit{"min", 60'000'000'000},
                                Unit{"h", 3'600'000'000'000}};

template <std::size_t N>
Result<std::uint64_t> parse(std::string_view text,
                            const std::array<Unit, N>& units,
                            std::string_view example) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error == std::errc{} && number == 0 && unit.empty()) {
        return 0;
    }
    for (const Unit& known : units) {
        if (error == std::errc{} && unit == known.name) {
            if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) /
                             known.factor) {
                break;
            }
            return number * known.factor;
        }
    }
    return fail(ErrorCode::InvalidArgument,
                fmt::format("'{}' is not a whole number with a unit, such as {}", text, example));
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
    return parse(text, kSizeUnits, "64KiB or 2GiB");
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    TRY(const std::uint64_t nanoseconds, parse(text, kTimeUnits, "250ms or 2s"));
    return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

}  // namespace antipode::codec

#include "s3/detail/call.h"

#include <charconv>

#include <fmt/format.h>

namespace antipode::s3 {

S3Result<std::optional<std::string>> version_id_of(const Call& call) {
    const std::string* id = call.query().find("versionId");
    if (id == nullptr) {
        return std::nullopt;
    }
    if (id->empty()) {
        return refuse(S3Error(words::kInvalidArgument, "Version id cannot be the empty string")
                          .with("ArgumentName", "versionId")
                          .with("ArgumentValue", ""));
    }
    return *id;
}

S3Result<std::uint64_t> query_number(const Call& call, std::string_view name, NumberRule rule) {
    const std::string* text = call.query().find(name);
    if (text == nullptr || text->empty()) {
        return rule.fallback;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool is_number =
        end == text->data() + text->size() && error != std::errc::invalid_argument;
    const bool is_beyond = error == std::errc::result_out_of_range || value > rule.max;
    if (!is_number || value < rule.min || (is_beyond && !rule.caps)) {
        return refuse(
            S3Error(
                words::kInvalidArgument,
                fmt::format("{} must be an integer between {} and {}", name, rule.min, rule.max))
                .with("ArgumentName", std::string(name))
                .with("ArgumentValue", *text));
    }
    return is_beyond ? rule.max : value;
}

}  // namespace antipode::s3

#include "oss/tag_rules.h"

#include <algorithm>
#include <string_view>

#include "codec/utf8.h"

namespace antipode::oss {

namespace {

constexpr std::string_view kSigns = " +-=._:/";

/// Letters, digits, blank and + - = . _ : / ; letters of other scripts are let through.
bool has_tag_letters(std::string_view text) {
    return codec::is_valid_utf8(text) && std::ranges::all_of(text, [](char c) {
               const bool is_alnum =
                   (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
               return is_alnum || static_cast<unsigned char>(c) >= 0x80U || kSigns.contains(c);
           });
}

}  // namespace

Result<void> check_tags(Exchange& x, const NamedValues& tags, TagLimits limits) {
    if (tags.size() > limits.count) {
        return fail(ErrorCode::TooManyTags,
                    "There can be at most " + std::to_string(limits.count) + " tags.");
    }
    for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
        const auto& [key, value] = *tag;
        if (key.empty() || key.size() > limits.key_bytes || !has_tag_letters(key)) {
            x.detail.code = "InvalidTaggingKey";
            return fail(ErrorCode::InvalidTag, "The key of a tag is not valid: " + key);
        }
        if (value.size() > limits.value_bytes || !has_tag_letters(value)) {
            return fail(ErrorCode::InvalidTag, "The value of a tag is not valid: " + value);
        }
        if (std::any_of(
                tags.begin(), tag, [&key](const auto& earlier) { return earlier.first == key; })) {
            x.detail.code = "RepeatedTags";
            return fail(ErrorCode::InvalidTag, "Two tags have the same key: " + key);
        }
    }
    return {};
}

}  // namespace antipode::oss

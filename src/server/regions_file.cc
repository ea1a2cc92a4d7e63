#include "server/regions_file.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "codec/nearest.h"

namespace antipode::server {

namespace {

using replication::RegionFacts;
using replication::TagRules;

std::unexpected<Error> refuse(const std::string& file,
                              const toml::node& at,
                              std::string_view what) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} line {}: {}", file, at.source().begin.line, what));
}

Result<void> take_flag(bool& field, const toml::node& value, const std::string& file) {
    const auto given = value.value_exact<bool>();
    if (!given) {
        return refuse(file, value, "it takes true or false");
    }
    field = *given;
    return {};
}

Result<void> take_text(std::string& field, const toml::node& value, const std::string& file) {
    const auto given = value.value_exact<std::string>();
    if (!given || given->empty()) {
        return refuse(file, value, "it takes a string");
    }
    field = *given;
    return {};
}

Result<void> take_tag_rules(TagRules& field, const toml::node& value, const std::string& file) {
    std::string word;
    TRY_VOID(take_text(word, value, file));
    if (word != "nowhere" && word != "outside" && word != "anywhere") {
        return refuse(file, value, "tag-rules are \"nowhere\", \"outside\" or \"anywhere\"");
    }
    field = word == "anywhere"  ? TagRules::Anywhere
            : word == "outside" ? TagRules::Outside
                                : TagRules::Nowhere;
    return {};
}

Result<void> take(RegionFacts& region,
                  std::string_view key,
                  const toml::node& value,
                  const std::string& file) {
    if (key == "id") {
        return take_text(region.id, value, file);
    }
    if (key == "name") {
        return take_text(region.name, value, file);
    }
    if (key == "mainland") {
        return take_flag(region.is_mainland, value, file);
    }
    if (key == "zrs") {
        return take_flag(region.has_zrs, value, file);
    }
    if (key == "rtc") {
        return take_flag(region.has_rtc, value, file);
    }
    if (key == "tag-rules") {
        return take_tag_rules(region.tag_rules, value, file);
    }
    const std::vector<std::string> known{"id", "name", "mainland", "zrs", "rtc", "tag-rules"};
    return refuse(
        file,
        value,
        fmt::format(
            "unknown key '{}'; the nearest is '{}'", key, codec::nearest(std::string(key), known)));
}

Result<RegionFacts> region_of(const toml::node& node, const std::string& file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        return refuse(file, node, "regions are written as [[region]]");
    }
    RegionFacts region;
    for (const auto& [key, value] : *table) {
        TRY_VOID(take(region, key.str(), value, file));
    }
    if (region.id.empty()) {
        return refuse(file, node, "a region without an id");
    }
    if (region.name.empty()) {
        region.name = region.id;
    }
    return region;
}

}  // namespace

Result<std::vector<RegionFacts>> parse_regions_file(std::string_view content,
                                                    const std::string& file) {
    toml::table root;
    try {
        root = toml::parse(content);
    } catch (const toml::parse_error& error) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} line {}: {}", file, error.source().begin.line, error.description()));
    }
    std::vector<RegionFacts> regions;
    for (const auto& [key, node] : root) {
        const toml::array* list = key.str() == "region" ? node.as_array() : nullptr;
        if (list == nullptr) {
            return refuse(file, node, "only [[region]] tables are known here");
        }
        for (const toml::node& element : *list) {
            TRY(RegionFacts region, region_of(element, file));
            regions.push_back(std::move(region));
        }
    }
    return regions;
}

}  // namespace antipode::server

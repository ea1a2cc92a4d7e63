#include "server/config_file.h"

#include <algorithm>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "codec/nearest.h"
#include "server/config_options.h"

namespace antipode::server {

namespace {

const Option* find_option(std::string_view name) {
    for (const Option& option : options()) {
        if (option.name == name && name != "config") {
            return &option;
        }
    }
    return nullptr;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const Option& option : options()) {
        if (option.name != "config") {
            all.push_back(option.name);
        }
    }
    return all;
}

/// One scalar as the command line would spell it; empty when it is of no fitting type.
std::string spelled(const toml::node& node, Option::Kind kind) {
    if (kind == Option::Kind::Switch) {
        const auto value = node.value_exact<bool>();
        return !value ? "" : *value ? "true" : "false";
    }
    if (const auto text = node.value_exact<std::string>()) {
        return *text;
    }
    if (const auto number = node.value_exact<std::int64_t>()) {
        return std::to_string(*number);
    }
    return "";
}

Result<std::vector<std::string>> values_of(const toml::node& node, const Option& option) {
    std::vector<std::string> values;
    if (const toml::array* list = node.as_array();
        list != nullptr && option.kind == Option::Kind::Values) {
        for (const toml::node& element : *list) {
            values.push_back(spelled(element, option.kind));
        }
    } else {
        values.push_back(spelled(node, option.kind));
    }
    if (values.empty() || std::ranges::find(values, "") != values.end()) {
        const char* wanted = option.kind == Option::Kind::Switch   ? "true or false"
                             : option.kind == Option::Kind::Values ? "a string or a list of strings"
                                                                   : "a string or a whole number";
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("the key '{}' takes {}", option.name, wanted));
    }
    return values;
}

}  // namespace

Result<Settings> parse_config_file(std::string_view content, const std::string& file) {
    toml::table table;
    try {
        table = toml::parse(content);
    } catch (const toml::parse_error& error) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} line {}: {}", file, error.source().begin.line, error.description()));
    }
    Settings settings;
    for (const auto& [key, node] : table) {
        const auto line = node.source().begin.line;
        const Option* option = find_option(key.str());
        if (option == nullptr) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} line {}: unknown key '{}'; the nearest is '{}'",
                                    file,
                                    line,
                                    key.str(),
                                    codec::nearest(key.str(), names())));
        }
        auto values = values_of(node, *option);
        if (!values) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} line {}: {}", file, line, values.error().message));
        }
        settings[option->name] = std::move(*values);
    }
    return settings;
}

}  // namespace antipode::server

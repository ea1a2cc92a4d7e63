#include "protocol/post_policy.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "codec/ascii.h"

namespace antipode::protocol {

namespace {

namespace json = boost::json;
using Condition = PostPolicy::Condition;

std::unexpected<Error> invalid(std::string_view what) {
    return fail(ErrorCode::InvalidArgument, fmt::format("Invalid Policy: {}.", what));
}

std::string text_of(const json::value& value) {
    const json::string* text = value.if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

Result<std::uint64_t> length_of(const json::value& value) {
    if (const std::int64_t* number = value.if_int64(); number != nullptr && *number >= 0) {
        return static_cast<std::uint64_t>(*number);
    }
    if (const std::uint64_t* number = value.if_uint64()) {
        return *number;
    }
    return invalid("content-length-range takes two numbers");
}

/// OSS's: the field is one of a list, or none of it.
Result<void> add_choice(std::string_view kind,
                        std::string_view field,
                        const json::array& choices,
                        PostPolicy& policy) {
    Condition condition{.kind = kind == "in" ? Condition::Kind::In : Condition::Kind::NotIn,
                        .field = codec::to_lower(field.substr(1))};
    for (const json::value& choice : choices) {
        if (!choice.is_string()) {
            return invalid("a list of values has strings only");
        }
        condition.values.push_back(text_of(choice));
    }
    policy.conditions.push_back(std::move(condition));
    return {};
}

Result<void> add_list(const json::array& list, PostPolicy& policy) {
    if (list.size() != 3 || !list[0].is_string()) {
        return invalid("a condition in a list has three parts");
    }
    const std::string kind = codec::to_lower(text_of(list[0]));
    if (kind == "content-length-range") {
        TRY(policy.length_min, length_of(list[1]));
        TRY(policy.length_max, length_of(list[2]));
        return {};
    }
    const std::string field = text_of(list[1]);
    if ((kind == "in" || kind == "not-in") && field.starts_with('$') && list[2].is_array()) {
        return add_choice(kind, field, list[2].get_array(), policy);
    }
    if ((kind != "eq" && kind != "starts-with") || !field.starts_with('$') ||
        !list[2].is_string()) {
        return invalid(fmt::format("the condition '{}' is not understood", kind));
    }
    policy.conditions.push_back(
        {.kind = kind == "eq" ? Condition::Kind::Equals : Condition::Kind::StartsWith,
         .field = codec::to_lower(field.substr(1)),
         .value = text_of(list[2])});
    return {};
}

Result<void> add_object(const json::object& object, PostPolicy& policy) {
    for (const auto& [name, value] : object) {
        if (!value.is_string()) {
            return invalid("the value of a condition is a string");
        }
        policy.conditions.push_back(
            {.kind = Condition::Kind::Equals,
             .field = codec::to_lower(std::string_view(name.data(), name.size())),
             .value = text_of(value)});
    }
    return {};
}

Result<PostPolicy> read_policy(const json::value& root) {
    const json::object* object = root.if_object();
    const json::value* expiration = object == nullptr ? nullptr : object->if_contains("expiration");
    const json::value* conditions = object == nullptr ? nullptr : object->if_contains("conditions");
    if (expiration == nullptr || conditions == nullptr || !conditions->is_array()) {
        return invalid("it needs an expiration and a list of conditions");
    }
    const std::optional<codec::UtcTime> time = codec::parse_iso8601(text_of(*expiration));
    if (!time) {
        return invalid("the expiration is no ISO 8601 time");
    }
    PostPolicy policy;
    policy.expiration = *time;
    for (const json::value& condition : conditions->get_array()) {
        if (const json::array* list = condition.if_array()) {
            TRY_VOID(add_list(*list, policy));
        } else if (const json::object* pair = condition.if_object()) {
            TRY_VOID(add_object(*pair, policy));
        } else {
            return invalid("a condition is a list or an object");
        }
    }
    return policy;
}

const std::string* find_field(const NamedValues& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
    return found == fields.end() ? nullptr : &found->second;
}

std::string_view word_of(Condition::Kind kind) {
    switch (kind) {
        case Condition::Kind::Equals:
            return "eq";
        case Condition::Kind::StartsWith:
            return "starts-with";
        case Condition::Kind::In:
            return "in";
        case Condition::Kind::NotIn:
            return "not-in";
    }
    return "";
}

bool holds(const Condition& condition, const NamedValues& fields) {
    const std::string* value = find_field(fields, condition.field);
    const std::string_view text = value == nullptr ? std::string_view() : std::string_view(*value);
    switch (condition.kind) {
        case Condition::Kind::Equals:
            return value != nullptr && text == condition.value;
        case Condition::Kind::StartsWith:
            return text.starts_with(condition.value);
        case Condition::Kind::In:
            return std::ranges::find(condition.values, text) != condition.values.end();
        case Condition::Kind::NotIn:
            return std::ranges::find(condition.values, text) == condition.values.end();
    }
    return false;
}

}  // namespace

Result<PostPolicy> parse_post_policy(std::string_view text) {
    try {
        boost::system::error_code error;
        const json::value root = json::parse(text, error);
        if (error) {
            return invalid("it is no JSON");
        }
        return read_policy(root);
    } catch (const std::exception& error) {
        return invalid(error.what());
    }
}

Result<void> check_post_conditions(const PostPolicy& policy,
                                   const NamedValues& fields,
                                   codec::UtcTime now) {
    if (now > policy.expiration) {
        return fail(ErrorCode::AccessDenied, "Invalid according to Policy: Policy expired.");
    }
    for (const Condition& condition : policy.conditions) {
        if (!holds(condition, fields)) {
            return fail(ErrorCode::AccessDenied,
                        fmt::format("Invalid according to Policy: Policy Condition failed: "
                                    "[\"{}\", \"${}\", \"{}\"]",
                                    word_of(condition.kind),
                                    condition.field,
                                    condition.value));
        }
    }
    return {};
}

Result<void> check_post_policy(const PostPolicy& policy,
                               const NamedValues& fields,
                               const std::vector<std::string_view>& free,
                               codec::UtcTime now) {
    TRY_VOID(check_post_conditions(policy, fields, now));
    for (const auto& [name, value] : fields) {
        const bool is_free =
            std::ranges::find(free, name) != free.end() || name.starts_with("x-ignore-");
        const bool is_covered = std::ranges::find(policy.conditions, name, &Condition::field) !=
                                policy.conditions.end();
        if (!is_free && !is_covered) {
            return fail(ErrorCode::AccessDenied,
                        fmt::format("Invalid according to Policy: Extra input fields: {}", name));
        }
    }
    return {};
}

}  // namespace antipode::protocol

#include "admin/json_fields.h"

#include <algorithm>

#include <fmt/format.h>

namespace antipode::admin {

namespace {

const boost::json::value* find(const boost::json::value& body, std::string_view name) {
    const boost::json::object* fields = body.if_object();
    return fields == nullptr ? nullptr : fields->if_contains(name);
}

std::unexpected<Error> wrong(std::string_view name, std::string_view wanted) {
    return fail(ErrorCode::InvalidArgument, fmt::format("the field '{}' takes {}", name, wanted));
}

}  // namespace

Result<std::optional<std::string>> optional_text(const boost::json::value& body,
                                                 std::string_view name) {
    const boost::json::value* value = find(body, name);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        return wrong(name, "a string");
    }
    return std::string(value->get_string());
}

Result<std::string> text(const boost::json::value& body, std::string_view name) {
    TRY(std::optional<std::string> value, optional_text(body, name));
    if (!value || value->empty()) {
        return wrong(name, "a string that is not empty");
    }
    return std::move(*value);
}

Result<bool> flag(const boost::json::value& body, std::string_view name) {
    const boost::json::value* value = find(body, name);
    if (value == nullptr) {
        return false;
    }
    if (!value->is_bool()) {
        return wrong(name, "true or false");
    }
    return value->get_bool();
}

Result<std::uint64_t> whole_number(const boost::json::value& body, std::string_view name) {
    const boost::json::value* value = find(body, name);
    boost::json::error_code error;
    const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
    if (value == nullptr || error) {
        return wrong(name, "a whole number");
    }
    return number;
}

Result<std::optional<std::uint64_t>> optional_number(const boost::json::value& body,
                                                     std::string_view name) {
    if (find(body, name) == nullptr) {
        return std::nullopt;
    }
    TRY(const std::uint64_t number, whole_number(body, name));
    return number;
}

Result<void> only_fields(const boost::json::value& body,
                         std::initializer_list<std::string_view> known) {
    if (const boost::json::object* fields = body.if_object()) {
        for (const auto& field : *fields) {
            if (std::ranges::find(known, std::string_view(field.key())) == known.end()) {
                return fail(
                    ErrorCode::InvalidArgument,
                    fmt::format("there is no field '{}' here", std::string_view(field.key())));
            }
        }
    }
    return {};
}

}  // namespace antipode::admin

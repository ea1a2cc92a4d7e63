#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

/// Fields of a request's body. InvalidArgument names the field that is missing or of the wrong
/// kind.
namespace antipode::admin {

Result<std::optional<std::string>> optional_text(const boost::json::value& body,
                                                 std::string_view name);
Result<std::string> text(const boost::json::value& body, std::string_view name);
/// False when it is missing.
Result<bool> flag(const boost::json::value& body, std::string_view name);
Result<std::optional<std::uint64_t>> optional_number(const boost::json::value& body,
                                                     std::string_view name);
Result<std::uint64_t> whole_number(const boost::json::value& body, std::string_view name);

/// Refuses a body with a field that is none of `known`: a misspelt one must not be passed over.
Result<void> only_fields(const boost::json::value& body,
                         std::initializer_list<std::string_view> known);

}  // namespace antipode::admin

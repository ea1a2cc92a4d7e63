#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace antipode::codec {

/// Encodes all but A-Z a-z 0-9 - . _ ~ as %XX with upper-case hex: the rule of SigV4, of OSS V4 and
/// of encoding-type=url.
std::string percent_encode(std::string_view text);

/// The same, but keeps '/': for the path of a canonical request.
std::string percent_encode_path(std::string_view path);

/// Null for a '%' that is not followed by two hex digits. '+' stays '+': in a path it is an
/// ordinary character.
std::optional<std::string> percent_decode(std::string_view text);

/// As percent_decode, but '+' is a space: for query strings and forms.
std::optional<std::string> form_decode(std::string_view text);

struct QueryParameter {
    std::string name;   ///< Decoded ('+' is a space).
    std::string value;  ///< Decoded; "" when there was no '='.
    std::string raw_name;
    std::string raw_value;
    bool has_equals = false;  ///< "acl" and "acl=" are different to some signatures.
};

/// A query string in the order sent. Of a repeated name the first counts.
class Query {
  public:
    Query() = default;

    explicit Query(std::vector<QueryParameter> parameters) : parameters_(std::move(parameters)) {}

    /// The decoded value, or null.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    /// The decoded value, or "".
    [[nodiscard]] std::string_view get(std::string_view name) const;

    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

    [[nodiscard]] const std::vector<QueryParameter>& all() const { return parameters_; }

    [[nodiscard]] bool empty() const { return parameters_.empty(); }

  private:
    std::vector<QueryParameter> parameters_;
};

/// "a=1&b&c=x%20y" (without the '?'). InvalidArgument for a broken escape or more than 1,000
/// parameters.
Result<Query> parse_query(std::string_view raw);

struct Target {
    std::string raw_path;   ///< As sent, from the first '/': "/bucket/a%20b".
    std::string path;       ///< Decoded, exact bytes; nothing collapsed ("//", "..", "." stay).
    std::string raw_query;  ///< Without '?'.
    Query query;
};

/// Splits a request target of origin form ("/path?query") or absolute form
/// ("http://host/path?query"). InvalidArgument for anything else or a broken escape.
Result<Target> parse_target(std::string_view raw);

}  // namespace antipode::codec

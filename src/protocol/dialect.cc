#include "protocol/dialect.h"

#include <optional>
#include <string_view>

#include "codec/ascii.h"

namespace antipode::protocol {

namespace {

std::optional<Dialect> of_authorization(std::string_view value) {
    if (value.starts_with("OSS ") || value.starts_with("OSS2 ") || value.starts_with("OSS4-")) {
        return Dialect::Oss;
    }
    if (value.starts_with("AWS ") || value.starts_with("AWS4-")) {
        return Dialect::S3;
    }
    return std::nullopt;
}

std::optional<Dialect> of_signed_query(const codec::Query& query) {
    if (query.contains("OSSAccessKeyId") || query.contains("x-oss-signature-version") ||
        query.contains("x-oss-signature")) {
        return Dialect::Oss;
    }
    if (query.contains("AWSAccessKeyId") || query.contains("X-Amz-Algorithm") ||
        query.contains("X-Amz-Signature") || query.contains("X-Amz-Credential")) {
        return Dialect::S3;
    }
    return std::nullopt;
}

std::optional<Dialect> of_name(std::string_view name) {
    if (codec::starts_with_without_case(name, "x-oss-")) {
        return Dialect::Oss;
    }
    // amz-sdk-request and amz-sdk-invocation-id are what AWS SDKs send even without a signature.
    if (codec::starts_with_without_case(name, "x-amz-") ||
        codec::starts_with_without_case(name, "amz-sdk-")) {
        return Dialect::S3;
    }
    return std::nullopt;
}

}  // namespace

Dialect detect_dialect(const http::Headers& headers, const codec::Query& query, Dialect fallback) {
    if (const auto dialect = of_authorization(headers.get("authorization"))) {
        return *dialect;
    }
    if (const auto dialect = of_signed_query(query)) {
        return *dialect;
    }
    for (const auto& [name, value] : headers.all()) {
        if (const auto dialect = of_name(name)) {
            return *dialect;
        }
    }
    for (const codec::QueryParameter& parameter : query.all()) {
        if (const auto dialect = of_name(parameter.name)) {
            return *dialect;
        }
    }
    return fallback;
}

Dialect detect_form_dialect(const NamedValues& fields, Dialect fallback) {
    for (const auto& [name, value] : fields) {
        if (codec::equal_without_case(name, "OSSAccessKeyId")) {
            return Dialect::Oss;
        }
        if (codec::equal_without_case(name, "AWSAccessKeyId")) {
            return Dialect::S3;
        }
        if (const auto dialect = of_name(name)) {
            return *dialect;
        }
    }
    return fallback;
}

}  // namespace antipode::protocol

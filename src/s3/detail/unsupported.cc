#include "s3/detail/unsupported.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "codec/ascii.h"

namespace antipode::s3 {

namespace {

/// What a write may say of encryption; everything else about it is not built.
constexpr std::array<std::string_view, 2> kEncryption = {
    "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"};

constexpr std::array<std::string_view, 11> kPrefixes = {
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-grant-",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
    "x-amz-mfa",
    "x-amz-if-match-",
    "x-amz-rename-source",
    "x-amz-object-if-match",
    "x-amz-source-expected-bucket-owner",
};

}  // namespace

S3Result<void> refuse_unsupported_headers(std::string_view method, const http::Headers& headers) {
    for (const auto& [field, value] : headers.all()) {
        if (!codec::starts_with_without_case(field, "x-amz-")) {
            continue;
        }
        const std::string name = codec::to_lower(field);
        const bool is_write = method == "PUT" || method == "POST";
        if (is_write && std::ranges::find(kEncryption, name) != kEncryption.end()) {
            continue;
        }
        if (std::ranges::any_of(
                kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); })) {
            return refuse_not_implemented(fmt::format("The header '{}'", name));
        }
    }
    if (method == "DELETE" && headers.contains("if-match")) {
        return refuse_not_implemented("A conditional delete (If-Match)");
    }
    return {};
}

}  // namespace antipode::s3

#include "s3/detail/copy_source.h"

#include <charconv>
#include <cstddef>
#include <string>

#include "codec/uri.h"
#include "model/bucket.h"
#include "protocol/conditional_headers.h"

namespace antipode::s3 {

namespace {

std::unexpected<S3Error> bad_source(std::string_view value) {
    return refuse(
        S3Error(words::kInvalidArgument,
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
            .with("ArgumentName", "x-amz-copy-source")
            .with("ArgumentValue", std::string(value)));
}

}  // namespace

S3Result<object::CopySource> parse_copy_source(const http::Headers& headers) {
    const std::string_view value = headers.get("x-amz-copy-source");
    if (value.starts_with("arn:")) {
        return refuse_not_implemented("A copy source given as an ARN");
    }
    object::CopySource source;
    std::string_view path = value;
    constexpr std::string_view kVersion = "?versionId=";
    if (const std::size_t mark = path.rfind(kVersion); mark != std::string_view::npos) {
        const auto id = codec::percent_decode(path.substr(mark + kVersion.size()));
        if (!id || id->empty()) {
            return bad_source(value);
        }
        source.version_id = *id;
        path = path.substr(0, mark);
    }
    const auto decoded = codec::percent_decode(path);
    if (!decoded) {
        return bad_source(value);
    }
    const std::string_view name = decoded->starts_with('/') ? std::string_view(*decoded).substr(1)
                                                            : std::string_view(*decoded);
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size()) {
        return bad_source(value);
    }
    source.bucket = BucketName(std::string(name.substr(0, slash)));
    source.key = name.substr(slash + 1);
    if (!check_object_key(source.key, false)) {
        return bad_source(value);
    }
    source.conditions = protocol::parse_conditions(headers, "x-amz-copy-source-");
    return source;
}

S3Result<std::optional<ByteRange>> parse_copy_range(const http::Headers& headers) {
    const std::string* value = headers.find("x-amz-copy-source-range");
    if (value == nullptr) {
        return std::nullopt;
    }
    constexpr std::string_view kUnit = "bytes=";
    const char* const end = value->data() + value->size();
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool is_good = value->starts_with(kUnit);
    if (is_good) {
        const auto [dash, first_error] = std::from_chars(value->data() + kUnit.size(), end, first);
        is_good = first_error == std::errc() && dash != end && *dash == '-';
        if (is_good) {
            const auto [rest, last_error] = std::from_chars(dash + 1, end, last);
            is_good =
                last_error == std::errc() && rest == end && first <= last && last != UINT64_MAX;
        }
    }
    if (!is_good) {
        return refuse(S3Error(words::kInvalidArgument,
                              "The x-amz-copy-source-range value must be of the form "
                              "bytes=first-last where first and "
                              "last are the zero-based offsets of the first and last bytes to copy")
                          .with("ArgumentName", "x-amz-copy-source-range")
                          .with("ArgumentValue", *value));
    }
    return ByteRange{.offset = first, .size = last - first + 1};
}

}  // namespace antipode::s3

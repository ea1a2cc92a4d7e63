#include <array>
#include <memory>
#include <utility>

#include "codec/ascii.h"
#include "model/version_order.h"
#include "oss/canonical_input.h"
#include "oss/delete_marker.h"
#include "oss/handlers.h"
#include "oss/object_headers.h"
#include "protocol/conditional_headers.h"
#include "protocol/paced_body.h"
#include "protocol/range_header.h"

namespace antipode::oss {

void note_delete_marker(Exchange& x, Error& error) {
    const bool is_latest =
        error.code == ErrorCode::NoSuchKey &&
        (error.message == kNullVersionId || parse_version_id(error.message).has_value());
    if (is_latest) {
        x.detail.headers.emplace_back("x-oss-delete-marker", "true");
        x.detail.headers.emplace_back("x-oss-version-id", std::exchange(error.message, {}));
    }
    if (error.code == ErrorCode::IsDeleteMarker) {
        x.detail.headers.emplace_back("x-oss-delete-marker", "true");
        x.detail.headers.emplace_back("x-oss-version-id", std::exchange(error.message, {}));
        x.detail.headers.emplace_back("Allow", "DELETE");
    }
}

namespace {

using Opened = std::unique_ptr<object::ReadableObject>;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOverrides{{
    {"response-cache-control", "Cache-Control"},
    {"response-content-disposition", "Content-Disposition"},
    {"response-content-encoding", "Content-Encoding"},
    {"response-content-language", "Content-Language"},
    {"response-content-type", "Content-Type"},
    {"response-expires", "Expires"},
}};

Result<void> apply_overrides(Exchange& x, http::Response& response) {
    for (const auto& [parameter, header] : kOverrides) {
        const std::string* value = x.query().find(parameter);
        if (value == nullptr) {
            continue;
        }
        if (x.caller.principal.is_anonymous()) {
            return fail(ErrorCode::InvalidRequest,
                        "Request specific response headers cannot be used for anonymous requests.");
        }
        TRY_VOID(check_field(x, parameter, *value));
        response.headers.set(header, *value);
    }
    return {};
}

Result<void> check_read_headers(Exchange& x) {
    TRY_VOID(refuse_encryption(x, "Encryption headers must not be sent when an object is read."));
    TRY_VOID(read_traffic_limit(x));
    return {};
}

Task<Result<Opened>> open(Exchange& x) {
    object::GetObjectRequest request{.bucket = x.bucket(),
                                     .key = x.key(),
                                     .version_id = x.version_id(),
                                     .conditions = protocol::parse_conditions(x.request.headers)};
    Result<Opened> opened = co_await x.services.objects.open_object(x.caller, std::move(request));
    if (!opened) {
        Error error = std::move(opened).error();
        note_delete_marker(x, error);
        co_return fail(std::move(error));
    }
    co_return opened;
}

ShownObject shown(const object::ReadableObject& object) {
    return {.version = object.version(),
            .link = object.link(),
            .show_version_id = object.show_version_id()};
}

void add_headers(http::Response& response,
                 const Exchange& x,
                 const object::ReadableObject& object) {
    add_object_headers(response, shown(object));
    if (!x.version_id()) {
        add_expiration_header(
            response, x, object.link() == nullptr ? object.version() : *object.link());
    }
}

/// By default a range that cannot be met as asked gives the whole object; "standard" makes OSS do
/// as RFC 9110 says.
Result<std::optional<ByteRange>> wanted_range(const Exchange& x, std::uint64_t size_bytes) {
    const protocol::RangeChoice choice = protocol::choose_range(x.header("range"), size_bytes);
    const bool is_standard = x.header("x-oss-range-behavior") == "standard";
    switch (choice.kind) {
        case protocol::RangeChoice::Kind::Whole:
            return std::nullopt;
        case protocol::RangeChoice::Kind::Partial:
            return choice.was_cut && !is_standard ? std::nullopt : std::optional(choice.range);
        case protocol::RangeChoice::Kind::Unsatisfiable:
            if (is_standard) {
                return fail(ErrorCode::InvalidRange);
            }
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

Task<Result<http::Response>> get_object(Exchange& x) {
    CO_TRY_VOID(check_read_headers(x));
    CO_TRY(const Opened opened, co_await open(x));
    const std::uint64_t size = opened->version().size_bytes;
    const Result<std::optional<ByteRange>> range = wanted_range(x, size);
    if (!range) {
        x.detail.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
        co_return fail(range.error());
    }
    http::Response response = empty_response(*range ? 206 : 200);
    add_headers(response, x, *opened);
    CO_TRY_VOID(apply_overrides(x, response));
    const ByteRange sent = range->value_or(ByteRange{.offset = 0, .size = size});
    if (*range) {
        response.headers.add("Content-Range",
                             "bytes " + std::to_string(sent.offset) + "-" +
                                 std::to_string(sent.end() - 1) + "/" + std::to_string(size));
    }
    if (sent.size == 0) {
        co_return response;
    }
    CO_TRY(response.stream, co_await opened->read(sent));
    response.stream_size = sent.size;
    CO_TRY(const auto bytes_per_second, read_traffic_limit(x));
    if (bytes_per_second) {
        response.stream =
            std::make_unique<protocol::PacedBody>(std::move(response.stream), *bytes_per_second);
    }
    co_return response;
}

Task<Result<http::Response>> head_object(Exchange& x) {
    CO_TRY_VOID(check_read_headers(x));
    CO_TRY(const Opened opened, co_await open(x));
    http::Response response = empty_response();
    add_headers(response, x, *opened);
    CO_TRY_VOID(apply_overrides(x, response));
    response.announced_size = opened->version().size_bytes;
    co_return response;
}

Task<Result<http::Response>> get_object_meta(Exchange& x) {
    CO_TRY(const Opened opened, co_await open(x));
    const ObjectVersion& version = opened->version();
    http::Response response = empty_response();
    response.headers.add("ETag", quoted_etag(version.etag));
    response.headers.add("Last-Modified", http_time(version.last_modified_ms));
    response.headers.add("x-oss-hash-crc64ecma", std::to_string(version.crc64));
    add_version_header(response, opened->show_version_id(), version.version_id());
    response.announced_size = version.size_bytes;
    co_return response;
}

}  // namespace antipode::oss

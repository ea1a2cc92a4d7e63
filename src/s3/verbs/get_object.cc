#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "codec/ascii.h"
#include "protocol/conditional_headers.h"
#include "protocol/limits.h"
#include "protocol/range_header.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/delete_marker.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

struct Override {
    std::string_view parameter;
    std::string_view header;
};

constexpr Override kOverrides[] = {
    {.parameter = "response-content-type", .header = "Content-Type"},
    {.parameter = "response-content-language", .header = "Content-Language"},
    {.parameter = "response-expires", .header = "Expires"},
    {.parameter = "response-cache-control", .header = "Cache-Control"},
    {.parameter = "response-content-disposition", .header = "Content-Disposition"},
    {.parameter = "response-content-encoding", .header = "Content-Encoding"},
};

S3Result<void> apply_overrides(const Call& call, http::Headers& headers) {
    for (const Override& override : kOverrides) {
        const std::string* value = call.query().find(override.parameter);
        if (value == nullptr) {
            continue;
        }
        if (call.caller.principal.is_anonymous()) {
            return refuse(
                words::kInvalidRequest,
                "Request specific response headers cannot be used for anonymous GET requests.");
        }
        if (!codec::is_field_value(*value)) {
            return refuse(words::kInvalidArgument,
                          "A response header must not have control characters.");
        }
        headers.set(override.header, *value);
    }
    return {};
}

/// What of the object is to be sent.
struct Selection {
    ByteRange range;
    bool is_partial = false;
};

std::uint32_t part_count(const ObjectVersion& version) {
    std::uint32_t count = 0;
    for (const PartRun& run : version.parts) {
        count += run.count;
    }
    return count;
}

/// If-Range (RFC 9110 section 13.1.5): a changed object is sent whole.
bool range_still_counts(const Call& call, const ObjectVersion& version) {
    const std::string_view condition = call.header("if-range");
    if (condition.empty()) {
        return true;
    }
    return condition.starts_with('"') ? condition == show_etag(version.etag)
                                      : condition == show_http_time(version.last_modified_ms);
}

S3Result<Selection> select_part(const Call& call, const object::ReadableObject& object) {
    TRY(const std::uint64_t number,
        query_number(
            call, "partNumber", {.fallback = 0, .min = 1, .max = protocol::kPartNumberMax}));
    if (!call.header("range").empty()) {
        return refuse(words::kInvalidRequest,
                      "Cannot specify both Range header and partNumber query parameter");
    }
    const auto part = object.part(static_cast<std::uint32_t>(number));
    if (!part) {
        return refuse(words::kInvalidPartNumber);
    }
    // The only part of an empty object is no range: "bytes 0--1/0" does not exist.
    return Selection{.range = *part, .is_partial = part->size != 0};
}

S3Result<Selection> select(const Call& call, const object::ReadableObject& object) {
    const ObjectVersion& version = object.version();
    if (call.query().contains("partNumber")) {
        return select_part(call, object);
    }
    const Selection whole{.range = {.offset = 0, .size = version.size_bytes}};
    if (!range_still_counts(call, version)) {
        return whole;
    }
    const std::string_view header = call.header("range");
    const protocol::RangeChoice choice = protocol::choose_range(header, version.size_bytes);
    switch (choice.kind) {
        case protocol::RangeChoice::Kind::Whole:
            return whole;
        case protocol::RangeChoice::Kind::Partial:
            return Selection{.range = choice.range, .is_partial = true};
        case protocol::RangeChoice::Kind::Unsatisfiable:
            break;
    }
    return refuse(S3Error(words::kInvalidRange)
                      .with("RangeRequested", std::string(header))
                      .with("ActualObjectSize", std::to_string(version.size_bytes))
                      .with_header("Content-Range", fmt::format("bytes */{}", version.size_bytes)));
}

http::Response make_head(const Call& call,
                         const object::ReadableObject& object,
                         const Selection& selection) {
    const ObjectVersion& version = object.version();
    http::Response response;
    response.status = selection.is_partial ? 206 : 200;
    http::Headers& headers = response.headers;
    headers.add("Last-Modified", show_http_time(version.last_modified_ms));
    headers.add("Accept-Ranges", "bytes");
    add_version_headers(headers, version, object.show_version_id());
    add_attribute_headers(headers, version);
    add_encryption_headers(headers, version.encryption);
    if (selection.is_partial) {
        headers.add("Content-Range",
                    fmt::format("bytes {}-{}/{}",
                                selection.range.offset,
                                selection.range.end() - 1,
                                version.size_bytes));
    } else if (call.header("x-amz-checksum-mode") == "ENABLED") {
        add_checksum_headers(headers, version.checksum);
    }
    if (call.query().contains("partNumber") && part_count(version) != 0) {
        headers.add("x-amz-mp-parts-count", std::to_string(part_count(version)));
    }
    return response;
}

std::string_view show(replication::Delivery delivery) {
    switch (delivery) {
        case replication::Delivery::Pending:
            return "PENDING";
        case replication::Delivery::Completed:
            return "COMPLETED";
        case replication::Delivery::Failed:
            return "FAILED";
        case replication::Delivery::Replica:
            return "REPLICA";
    }
    return "";
}

/// Asked of the rules' cursors each time: nothing of it is kept with the version.
Task<S3Result<void>> add_replication_status(Call& call,
                                            const ObjectVersion& version,
                                            http::Headers& headers) {
    if (call.rules != nullptr) {
        CO_TRY(const auto delivery, co_await call.rules->delivery(call.bucket(), version));
        if (delivery) {
            headers.add("x-amz-replication-status", std::string(show(*delivery)));
        }
    }
    co_return S3Result<void>{};
}

/// A 304 has the headers that a cache needs (RFC 9110 section 15.4.5), so the version is looked up
/// once more.
Task<Answer> not_modified(Call& call, std::optional<std::string> version_id) {
    object::VersionName name{
        .bucket = call.bucket(), .key = call.key(), .version_id = std::move(version_id)};
    CO_TRY(const object::Written found,
           co_await call.objects.describe_object(call.caller, std::move(name)));
    http::Response response = empty_response(304);
    response.headers.add("Last-Modified", show_http_time(found.version.last_modified_ms));
    add_version_headers(response.headers, found.version, found.show_version_id);
    co_return response;
}

}  // namespace

Task<Answer> get_object(Call& call) {
    CO_TRY(const std::optional<std::string> version_id, version_id_of(call));
    object::GetObjectRequest request;
    request.bucket = call.bucket();
    request.key = call.key();
    request.version_id = version_id;
    request.conditions = protocol::parse_conditions(call.request.headers);
    auto opened = co_await call.objects.open_object(call.caller, std::move(request));
    if (!opened && opened.error().code == ErrorCode::NotModified) {
        co_return co_await not_modified(call, version_id);
    }
    if (!opened) {
        co_return refuse(read_error(std::move(opened.error()), version_id));
    }
    object::ReadableObject& object = **opened;
    CO_TRY(const Selection selection, select(call, object));
    http::Response response = make_head(call, object, selection);
    CO_TRY_VOID(co_await add_replication_status(call, object.version(), response.headers));
    if (!version_id) {
        add_expiration_header(
            response.headers, call, object.link() == nullptr ? object.version() : *object.link());
    }
    CO_TRY_VOID(apply_overrides(call, response.headers));
    if (call.is_head()) {
        response.announced_size = selection.range.size;
        co_return response;
    }
    if (selection.range.size != 0) {
        CO_TRY(response.stream, co_await object.read(selection.range));
        response.stream_size = selection.range.size;
    }
    co_return response;
}

}  // namespace antipode::s3

#include "codec/xml_writer.h"
#include "oss/handlers.h"
#include "oss/object_headers.h"

namespace antipode::oss {

Task<Result<http::Response>> put_object(Exchange& x) {
    if (x.request.headers.contains("x-oss-copy-source")) {
        co_return co_await copy_object(x);
    }
    CO_TRY_VOID(refuse_conditions(x));
    CO_TRY(WriteHeaders headers, read_write_headers(x));
    CO_TRY(object::BodyCheck check, read_body_check(x));
    object::PutObjectRequest request{.bucket = x.bucket(),
                                     .key = x.key(),
                                     .attributes = std::move(headers.attributes),
                                     .storage_class_given = headers.storage_class_given,
                                     .encryption = std::move(headers.encryption),
                                     .body = std::move(x.request.body),
                                     .check = std::move(check),
                                     .forbid_overwrite = headers.forbid_overwrite,
                                     .conditions = {}};
    CO_TRY(const object::Written written,
           co_await x.services.objects.put_object(x.caller, std::move(request)));
    http::Response response = empty_response();
    add_written_headers(response, written);
    add_expiration_header(response, x, written.version);
    co_return response;
}

namespace {

/// "COPY" (default) or "REPLACE", in any case: the two directives are spelt differently.
Result<bool> wants_replace(Exchange& x, std::string_view name) {
    const std::string_view text = x.header(name);
    std::string upper(text);
    for (char& c : upper) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (upper.empty() || upper == "COPY") {
        return false;
    }
    if (upper != "REPLACE") {
        return refuse_argument(
            x, std::string(name), std::string(text), "The directive must be COPY or REPLACE.");
    }
    return true;
}

}  // namespace

Task<Result<http::Response>> copy_object(Exchange& x) {
    CO_TRY_VOID(refuse_conditions(x));
    CO_TRY(WriteHeaders headers, read_write_headers(x));
    CO_TRY(object::CopySource source, parse_copy_source(x));
    CO_TRY(bool replace_metadata, wants_replace(x, "x-oss-metadata-directive"));
    CO_TRY(const bool replace_tags, wants_replace(x, "x-oss-tagging-directive"));
    if (source.bucket == x.bucket() && source.key == x.key() && !source.version_id &&
        !replace_metadata) {
        // Onto itself, the request's metadata counts whatever the directive says (oss-facts 7.3);
        // without any the copy keeps what is there, so that a change of class alone loses nothing.
        replace_metadata = !headers.attributes.user_metadata.empty();
    }
    object::CopyObjectRequest request{.source = std::move(source),
                                      .bucket = x.bucket(),
                                      .key = x.key(),
                                      .replace_metadata = replace_metadata,
                                      .replace_tags = replace_tags,
                                      .attributes = std::move(headers.attributes),
                                      .storage_class_given = headers.storage_class_given,
                                      .encryption = std::move(headers.encryption),
                                      .forbid_overwrite = headers.forbid_overwrite};
    CO_TRY(const object::Copied copied,
           co_await x.services.objects.copy_object(x.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("CopyObjectResult");
    xml.element("ETag", quoted_etag(copied.version.etag));
    xml.element("LastModified", xml_time(copied.version.last_modified_ms));
    xml.close();
    http::Response response = xml_response(xml.take());
    response.headers.add("ETag", quoted_etag(copied.version.etag));
    response.headers.add("x-oss-hash-crc64ecma", std::to_string(copied.version.crc64));
    add_encryption_headers(response, copied.version.encryption);
    add_version_header(response, copied.show_version_id, copied.version.version_id());
    if (copied.source_version_id) {
        response.headers.add("x-oss-copy-source-version-id", *copied.source_version_id);
    }
    co_return response;
}

Task<Result<http::Response>> append_object(Exchange& x) {
    CO_TRY_VOID(refuse_conditions(x));
    const std::string* text = x.query().find("position");
    if (text == nullptr) {
        co_return fail(ErrorCode::MissingArgument, "The position argument is required.");
    }
    const std::optional<std::uint64_t> position = parse_number(*text);
    if (!position) {
        co_return refuse_argument(
            x, "position", *text, "Argument position must be a non-negative integer.");
    }
    CO_TRY(WriteHeaders headers, read_write_headers(x));
    if (headers.encryption && !headers.encryption->kms_key.empty()) {
        co_return refuse_argument(x,
                                  "x-oss-server-side-encryption-key-id",
                                  headers.encryption->kms_key,
                                  "An appendable object takes no key of its own.");
    }
    CO_TRY(object::BodyCheck check, read_body_check(x));
    object::AppendRequest request{.bucket = x.bucket(),
                                  .key = x.key(),
                                  .position = *position,
                                  .attributes = std::move(headers.attributes),
                                  .storage_class_given = headers.storage_class_given,
                                  .encryption = std::move(headers.encryption),
                                  .body = std::move(x.request.body),
                                  .check = std::move(check)};
    Result<object::Written> appended =
        co_await x.services.objects.append_object(x.caller, std::move(request));
    if (!appended && appended.error().code == ErrorCode::PositionNotEqualToLength) {
        // The client goes on from there; the object may have grown again meanwhile, then it is told
        // so once more.
        const Result<object::Written> now =
            co_await x.services.objects.describe_object(x.caller, x.version_name());
        const std::uint64_t size = now ? now->version.size_bytes : 0;
        x.detail.headers.emplace_back("x-oss-next-append-position", std::to_string(size));
    }
    if (!appended) {
        co_return fail(std::move(appended).error());
    }
    http::Response response = empty_response();
    add_written_headers(response, *appended);
    response.headers.add("x-oss-next-append-position", std::to_string(appended->next_position));
    co_return response;
}

}  // namespace antipode::oss

#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/delete_marker.h"
#include "oss/handlers.h"
#include "oss/object_headers.h"
#include "oss/tag_rules.h"

/// ACL, tags, symlink and restoration of one version.
namespace antipode::oss {

namespace {

Task<Result<object::Written>> describe(Exchange& x) {
    Result<object::Written> found =
        co_await x.services.objects.describe_object(x.caller, x.version_name());
    if (!found) {
        Error error = std::move(found).error();
        note_delete_marker(x, error);
        co_return fail(std::move(error));
    }
    co_return found;
}

http::Response changed(const object::Written& written, int status = 200) {
    http::Response response = empty_response(status);
    add_version_header(response, written.show_version_id, written.version.version_id());
    return response;
}

}  // namespace

Task<Result<http::Response>> put_object_acl(Exchange& x) {
    const std::string* text = x.request.headers.find("x-oss-object-acl");
    if (text == nullptr) {
        co_return fail(ErrorCode::MissingArgument, "The x-oss-object-acl header is required.");
    }
    const std::optional<Acl> acl = parse_acl(*text);
    if (!acl) {
        co_return refuse_argument(
            x, "x-oss-object-acl", *text, "no such object access control exists");
    }
    CO_TRY(const object::Written written,
           co_await x.services.objects.put_object_acl(x.caller, x.version_name(), *acl));
    co_return changed(written);
}

Task<Result<http::Response>> get_object_acl(Exchange& x) {
    CO_TRY(const object::Written found, co_await describe(x));
    http::Response response = acl_response(found.version.owner, found.version.attributes.acl);
    add_version_header(response, found.show_version_id, found.version.version_id());
    co_return response;
}

Task<Result<http::Response>> put_object_tags(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(NamedValues tags, parse_tagging(body));
    CO_TRY_VOID(check_tags(x, tags, kObjectTagLimits));
    CO_TRY(
        const object::Written written,
        co_await x.services.objects.put_object_tags(x.caller, x.version_name(), std::move(tags)));
    co_return changed(written);
}

Task<Result<http::Response>> get_object_tags(Exchange& x) {
    CO_TRY(const object::Written found, co_await describe(x));
    http::Response response = tagging_response(found.version.attributes.tags);
    add_version_header(response, found.show_version_id, found.version.version_id());
    co_return response;
}

Task<Result<http::Response>> delete_object_tags(Exchange& x) {
    NamedValues none;
    CO_TRY(
        const object::Written written,
        co_await x.services.objects.put_object_tags(x.caller, x.version_name(), std::move(none)));
    co_return changed(written, 204);
}

Task<Result<http::Response>> put_symlink(Exchange& x) {
    const std::string_view text = x.header("x-oss-symlink-target");
    const std::optional<std::string> target = codec::percent_decode(text);
    if (!target || target->empty()) {
        co_return refuse_argument(x,
                                  "x-oss-symlink-target",
                                  std::string(text),
                                  "The x-oss-symlink-target must be a URL-encoded key.");
    }
    if (*target == x.key()) {
        co_return refuse_argument(x,
                                  "x-oss-symlink-target",
                                  std::string(text),
                                  "A symbolic link cannot be its own target.");
    }
    CO_TRY_VOID(check_object_key(*target, true));
    CO_TRY_VOID(refuse_conditions(x));
    CO_TRY_VOID(refuse_encryption(x, "A symbolic link has no bytes to encrypt."));
    CO_TRY(WriteHeaders headers, read_write_headers(x));
    object::SymlinkRequest request{.bucket = x.bucket(),
                                   .key = x.key(),
                                   .target = *target,
                                   .attributes = std::move(headers.attributes),
                                   .storage_class_given = headers.storage_class_given,
                                   .forbid_overwrite = headers.forbid_overwrite};
    CO_TRY(const object::Written written,
           co_await x.services.objects.put_symlink(x.caller, std::move(request)));
    http::Response response = changed(written);
    response.headers.add("ETag", quoted_etag(written.version.etag));
    co_return response;
}

Task<Result<http::Response>> get_symlink(Exchange& x) {
    CO_TRY(const object::Written found, co_await describe(x));
    if (found.version.type != ObjectType::Symlink) {
        co_return fail(ErrorCode::NotSymlink);
    }
    http::Response response = changed(found);
    response.headers.add("x-oss-symlink-target",
                         codec::percent_encode(found.version.symlink_target));
    response.headers.add("ETag", quoted_etag(found.version.etag));
    response.headers.add("Last-Modified", http_time(found.version.last_modified_ms));
    co_return response;
}

/// Objects that must be restored cannot be made yet, so none needs it.
Task<Result<http::Response>> restore_object(Exchange& x) {
    CO_TRY(const object::Written found, co_await describe(x));
    static_cast<void>(found);
    co_return fail(ErrorCode::OperationNotSupported,
                   "The operation is not supported for this resource");
}

}  // namespace antipode::oss

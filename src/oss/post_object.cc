#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "codec/xml_writer.h"
#include "oss/authenticate.h"
#include "oss/handlers.h"
#include "oss/object_headers.h"
#include "oss/v4_signature.h"
#include "protocol/content_md5.h"
#include "protocol/form.h"
#include "protocol/limited_body.h"
#include "protocol/limits.h"
#include "protocol/post_policy.h"

/// PostObject: an upload by an HTML form, whose fields take the place of headers and whose policy
/// is what is signed.
namespace antipode::oss {

namespace {

Result<FormSignatureView> signature_of(const protocol::Form& form) {
    FormSignatureView signature{.policy = form.get("policy"), .access_key = {}, .signature = {}};
    if (const std::string_view version = form.get("x-oss-signature-version"); !version.empty()) {
        if (version != kV4Algorithm) {
            return fail(ErrorCode::InvalidArgument, "Invalid x-oss-signature-version.");
        }
        signature.is_v4 = true;
        signature.access_key = form.get("x-oss-credential");
        signature.signature = form.get("x-oss-signature");
    } else {
        signature.access_key = form.get("OSSAccessKeyId");
        signature.signature = form.get("Signature");
    }
    if (signature.policy.empty() || signature.access_key.empty() || signature.signature.empty()) {
        return fail(ErrorCode::InvalidArgument,
                    "The bucket POST must contain the policy, the access key id and the signature, "
                    "or none of them.");
    }
    return signature;
}

/// The fields under lower-case names, with the bucket and the key that they end up as.
NamedValues final_fields(const Exchange& x, const std::string& key) {
    NamedValues fields{{"bucket", x.parsed.bucket}, {"key", key}};
    for (const auto& [name, value] : x.parsed.form->fields) {
        fields.emplace_back(codec::to_lower(name), value);  // The first of a name counts.
    }
    return fields;
}

struct SizeLimits {
    std::uint64_t min = 0;
    std::uint64_t max = protocol::kPutBytesMax;
};

/// Who sends the form, and how large the file may be. A form without any of the fields is
/// anonymous.
Result<SizeLimits> authenticate_fields(Exchange& x, const std::string& key) {
    const protocol::Form& form = *x.parsed.form;
    if (form.find("x-oss-security-token") != nullptr) {
        return fail(ErrorCode::InvalidSecurityToken);
    }
    constexpr std::array<std::string_view, 6> kSignatureFields{"policy",
                                                               "OSSAccessKeyId",
                                                               "Signature",
                                                               "x-oss-signature-version",
                                                               "x-oss-credential",
                                                               "x-oss-signature"};
    const auto is_there = [&form](std::string_view name) { return form.find(name) != nullptr; };
    if (std::ranges::none_of(kSignatureFields, is_there)) {
        return SizeLimits{};
    }
    TRY(const FormSignatureView signature, signature_of(form));
    TRY(x.caller.principal, authenticate_form(signature, x.authentication, x.detail));
    const std::optional<Bytes> text = codec::base64_decode(signature.policy);
    const auto policy = protocol::parse_post_policy(text ? as_text(*text) : std::string_view{});
    if (!policy) {
        x.detail.code = "InvalidPolicyDocument";
        return fail(policy.error());
    }
    TRY_VOID(protocol::check_post_conditions(*policy, final_fields(x, key), x.parsed.now));
    return SizeLimits{.min = policy->length_min,
                      .max = std::min(policy->length_max, protocol::kPutBytesMax)};
}

std::string key_of(const protocol::Form& form) {
    constexpr std::string_view kFileName = "${filename}";
    std::string key(form.get("key"));
    if (const std::size_t at = key.find(kFileName); at != std::string::npos) {
        std::string_view name = form.file_name;
        name.remove_prefix(name.find_last_of("/\\") + 1);
        key.replace(at, kFileName.size(), name);
    }
    return key;
}

/// The fields that PutObject has as headers.
http::Headers headers_of(const protocol::Form& form) {
    http::Headers headers;
    for (const auto& [name, value] : form.fields) {
        // The policy was held against the first of a name.
        if (!headers.contains(name)) {
            headers.add(name, value);
        }
    }
    for (const std::string_view type : {form.get("x-oss-content-type"),
                                        form.get("content-type"),
                                        std::string_view(form.file_type)}) {
        if (!type.empty()) {
            headers.set("Content-Type", std::string(type));
            break;
        }
    }
    return headers;
}

Result<object::BodyCheck> check_of(const protocol::Form& form, std::uint64_t bytes_min) {
    object::BodyCheck check;
    if (const std::string_view md5 = form.get("content-md5"); !md5.empty()) {
        TRY(check.md5, protocol::parse_content_md5(md5));
    }
    check.at_end = [bytes_min](const object::BodyDigests& digests) -> Result<void> {
        if (digests.size_bytes < bytes_min) {
            return fail(ErrorCode::EntityTooSmall);
        }
        return {};
    };
    return check;
}

std::string location_of(const Exchange& x, const std::string& key) {
    std::string location =
        (x.request.is_tls ? "https://" : "http://") + std::string(x.host()) + "/";
    if (!x.parsed.is_virtual_hosted) {
        location += x.parsed.bucket + "/";
    }
    return location + codec::percent_encode_path(key);
}

constexpr std::string_view kRedirect = "success_action_redirect";

bool is_redirect(std::string_view url) {
    return url.starts_with("http://") || url.starts_with("https://");
}

http::Response posted(const Exchange& x, const std::string& key, const object::Written& written) {
    const protocol::Form& form = *x.parsed.form;
    const std::string etag = quoted_etag(written.version.etag);
    const std::string_view status = form.get("success_action_status");
    http::Response response = empty_response(status == "200" ? 200 : 204);
    if (const std::string_view redirect = form.get(kRedirect); is_redirect(redirect)) {
        response.status = 303;
        response.headers.add("Location",
                             std::string(redirect) + (redirect.contains('?') ? "&" : "?") +
                                 "bucket=" + codec::percent_encode(x.parsed.bucket) +
                                 "&key=" + codec::percent_encode(key) +
                                 "&etag=" + codec::percent_encode(etag));
        return response;
    }
    const std::string location = location_of(x, key);
    if (status == "201") {
        codec::XmlWriter xml;
        xml.open("PostResponse").element("Bucket", x.parsed.bucket).element("Location", location);
        xml.element("Key", key).element("ETag", etag).close();
        response = xml_response(xml.take());
        response.status = 201;
    }
    response.headers.add("Location", location);
    add_written_headers(response, written);
    return response;
}

}  // namespace

Task<Result<http::Response>> post_object(Exchange& x) {
    if (x.parsed.form == nullptr) {
        x.detail.code = "RequestIsNotMultiPartContent";
        co_return fail(ErrorCode::InvalidRequest,
                       "Bucket POST must be of the enclosure-type multipart/form-data.");
    }
    protocol::Form& form = *x.parsed.form;
    const std::string key = key_of(form);
    CO_TRY(const SizeLimits limits, authenticate_fields(x, key));
    CO_TRY_VOID(check_key(key));
    if (form.find("callback") != nullptr) {
        co_return refuse_not_built("callback");
    }
    CO_TRY(WriteHeaders headers, read_write_headers(x, headers_of(form)));
    CO_TRY_VOID(check_field(x, kRedirect, form.get(kRedirect)));
    CO_TRY(object::BodyCheck check, check_of(form, limits.min));
    object::PutObjectRequest request{
        .bucket = x.bucket(),
        .key = key,
        .attributes = std::move(headers.attributes),
        .storage_class_given = headers.storage_class_given,
        .encryption = std::move(headers.encryption),
        .body = std::make_unique<protocol::LimitedBody>(std::move(form.file), limits.max),
        .check = std::move(check),
        .forbid_overwrite = headers.forbid_overwrite,
        .conditions = {}};
    CO_TRY(const object::Written written,
           co_await x.services.objects.put_object(x.caller, std::move(request)));
    co_return posted(x, key, written);
}

}  // namespace antipode::oss

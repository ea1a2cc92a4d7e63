#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "codec/uri.h"
#include "codec/xml_writer.h"
#include "model/bucket.h"
#include "protocol/content_md5.h"
#include "protocol/limited_body.h"
#include "protocol/limits.h"
#include "protocol/post_policy.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/render.h"
#include "s3/detail/tagging.h"
#include "s3/detail/unsupported.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

constexpr std::string_view kRedirect = "success_action_redirect";

/// The form's fields under lower-case names, with the bucket and the key that they end up as.
NamedValues final_fields(const Call& call, const std::string& key) {
    NamedValues fields;
    for (const auto& [name, value] : call.parsed.form->fields) {
        std::string lower = codec::to_lower(name);
        const bool is_replaced = lower == "key" || lower == "bucket";
        if (!is_replaced) {
            fields.emplace_back(std::move(lower), value);
        }
    }
    fields.emplace_back("key", key);
    fields.emplace_back("bucket", call.parsed.bucket);
    return fields;
}

S3Result<std::string> final_key(const protocol::Form& form) {
    const std::string* field = form.find("key");
    if (field == nullptr || field->empty()) {
        return refuse(S3Error(words::kInvalidArgument,
                              "Bucket POST must contain a field named 'key'.  If it is specified, "
                              "please check the order of the fields.")
                          .with("ArgumentName", "key"));
    }
    std::string key = *field;
    constexpr std::string_view kPlaceholder = "${filename}";
    if (const std::size_t at = key.find(kPlaceholder); at != std::string::npos) {
        key.replace(at, kPlaceholder.size(), form.file_name);
    }
    if (key.size() > 1024) {
        return refuse(words::kKeyTooLong);
    }
    TRY_VOID(check_object_key(key, false));
    return key;
}

/// The limits of the file; everyone's without a policy.
S3Result<protocol::PostPolicy> check_policy(const Call& call, const std::string& key) {
    const std::string_view coded = call.parsed.form->get("policy");
    if (coded.empty()) {
        protocol::PostPolicy everything;
        everything.length_max = protocol::kPutBytesMax;
        return everything;
    }
    const std::optional<Bytes> text = codec::base64_decode(coded);
    if (!text) {
        return refuse(words::kInvalidPolicyDocument, "Invalid Policy: Invalid Base64.");
    }
    auto policy = protocol::parse_post_policy(as_text(*text));
    if (!policy) {
        return refuse(words::kInvalidPolicyDocument, policy.error().message);
    }
    const NamedValues fields = final_fields(call, key);
    TRY_VOID(protocol::check_post_policy(
        *policy,
        fields,
        {"policy", "signature", "awsaccesskeyid", "x-amz-signature", "file", "bucket"},
        call.parsed.now));
    policy->length_max = std::min(policy->length_max, protocol::kPutBytesMax);
    return std::move(*policy);
}

/// The fields that a PUT would have as headers.
http::Headers headers_of(const protocol::Form& form) {
    http::Headers headers;
    for (const auto& [name, value] : form.fields) {
        std::string lower = codec::to_lower(name);
        if (lower == "tagging" || lower == "x-amz-algorithm" || lower == "x-amz-date") {
            continue;
        }
        lower = lower == "acl" ? "x-amz-acl" : lower;
        // The policy was held against the first of a name.
        if (!headers.contains(lower)) {
            headers.add(std::move(lower), value);
        }
    }
    return headers;
}

S3Result<object::PutObjectRequest> make_request(const Call& call,
                                                std::string key,
                                                const protocol::PostPolicy& policy) {
    protocol::Form& form = *call.parsed.form;
    const http::Headers headers = headers_of(form);
    TRY_VOID(refuse_unsupported_headers("POST", headers));
    TRY(ParsedAttributes parsed, parse_attributes(headers));
    if (!codec::is_field_value(form.get(kRedirect))) {
        return refuse(S3Error(words::kInvalidArgument,
                              "The redirect has characters that a header must not have.")
                          .with("ArgumentName", std::string(kRedirect)));
    }
    object::PutObjectRequest request;
    request.bucket = call.bucket();
    request.key = std::move(key);
    request.attributes = std::move(parsed.attributes);
    request.storage_class_given = parsed.storage_class_given;
    request.encryption = std::move(parsed.encryption);
    if (const std::string_view tagging = form.get("tagging"); !tagging.empty()) {
        TRY(request.attributes.tags, parse_tagging(tagging, kObjectTagsMax));
    }
    if (const std::string_view md5 = headers.get("content-md5"); !md5.empty()) {
        TRY(request.check.md5, protocol::parse_content_md5(md5));
    }
    TRY(const ChecksumClaim claim, read_checksum_claim(headers));
    request.check.checksum_algorithm = claim.algorithm;
    if (!claim.value.empty()) {
        TRY(request.check.checksum, decode_checksum(claim.algorithm, claim.value));
    }
    request.check.at_end =
        [least = policy.length_min](const object::BodyDigests& digests) -> Result<void> {
        if (digests.size_bytes < least) {
            return fail(ErrorCode::EntityTooSmall);
        }
        return {};
    };
    request.body = std::make_unique<protocol::LimitedBody>(std::move(form.file), policy.length_max);
    return request;
}

http::Response show_written(const Call& call, const object::Written& written) {
    const protocol::Form& form = *call.parsed.form;
    const std::string etag = show_etag(written.version.etag);
    const std::string& key = written.version.key;
    const std::string location =
        fmt::format("{}://{}{}{}",
                    call.request.is_tls ? "https" : "http",
                    call.header("host"),
                    call.parsed.is_virtual_hosted ? "/" : "/" + call.parsed.bucket + "/",
                    codec::percent_encode_path(key));
    const std::string_view redirect = form.get(kRedirect);
    const std::string_view status = form.get("success_action_status");
    http::Response response = empty_response(204);
    if (redirect.starts_with("http://") || redirect.starts_with("https://")) {
        response.status = 303;
        response.headers.add("Location",
                             fmt::format("{}{}bucket={}&key={}&etag={}",
                                         redirect,
                                         redirect.contains('?') ? "&" : "?",
                                         call.parsed.bucket,
                                         codec::percent_encode(key),
                                         codec::percent_encode(etag)));
        return response;
    }
    if (status == "201") {
        codec::XmlWriter xml;
        xml.open("PostResponse")
            .element("Location", location)
            .element("Bucket", call.parsed.bucket);
        xml.element("Key", key).element("ETag", etag).close();
        response = xml_response(xml);
        response.status = 201;
    } else if (status == "200") {
        response.status = 200;
    }
    response.headers.add("Location", location);
    add_version_headers(response.headers, written.version, written.show_version_id);
    add_encryption_headers(response.headers, written.version.encryption);
    add_checksum_headers(response.headers, written.version.checksum);
    return response;
}

}  // namespace

Task<Answer> post_object(Call& call) {
    CO_TRY(std::string key, final_key(*call.parsed.form));
    CO_TRY(const protocol::PostPolicy policy, check_policy(call, key));
    CO_TRY(object::PutObjectRequest request, make_request(call, std::move(key), policy));
    CO_TRY(const object::Written written,
           co_await call.objects.put_object(call.caller, std::move(request)));
    co_return show_written(call, written);
}

}  // namespace antipode::s3

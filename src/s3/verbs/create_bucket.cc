#include <optional>
#include <string>
#include <utility>

#include "codec/xml_reader.h"
#include "s3/detail/attributes.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

/// The region asked for, or null for "wherever this is".
S3Result<std::optional<std::string>> parse_location(std::string_view text,
                                                    const std::string& region) {
    if (text.empty()) {
        return std::nullopt;
    }
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    if (root.name != "CreateBucketConfiguration") {
        return refuse(words::kMalformedXml);
    }
    if (root.child("Bucket") != nullptr || root.child("Location") != nullptr) {
        return refuse_not_implemented("A directory bucket");
    }
    const std::string_view location = root.child_text("LocationConstraint");
    if (location.empty() || location == "us-east-1" || location == "oss-" + region) {
        return std::nullopt;
    }
    return std::string(location);
}

}  // namespace

Task<Answer> create_bucket(Call& call) {
    if (call.header("x-amz-bucket-object-lock-enabled") == "true") {
        co_return refuse_not_implemented("x-amz-bucket-object-lock-enabled");
    }
    const std::string_view ownership = call.header("x-amz-object-ownership");
    if (!ownership.empty() && ownership != "ObjectWriter") {
        co_return refuse_not_implemented("x-amz-object-ownership other than ObjectWriter");
    }
    CO_TRY(const std::string body, co_await read_payload_text(call));
    object::CreateBucketRequest request;
    request.name = call.bucket();
    request.redundancy = Redundancy::Zrs;  // S3 has no bucket that is kept in one zone.
    request.allow_dots = true;
    CO_TRY(request.location, parse_location(body, call.buckets.region()));
    CO_TRY(const Acl acl, parse_canned_acl(call.request.headers));
    if (acl != Acl::Default) {
        request.acl = acl;
    }
    CO_TRY_VOID(co_await call.buckets.create_bucket(call.caller, std::move(request)));
    http::Response response = empty_response(200);
    response.headers.add("Location", "/" + call.parsed.bucket);
    co_return response;
}

}  // namespace antipode::s3

#include "base/bytes.h"
#include "codec/xml_reader.h"
#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/handlers.h"

namespace antipode::oss {

namespace {

Result<void> read_configuration(Exchange& x,
                                const std::string& body,
                                object::CreateBucketRequest& request) {
    if (body.empty()) {
        return {};
    }
    TRY(const codec::XmlElement root, codec::parse_xml(body));
    if (root.name != "CreateBucketConfiguration") {
        return fail(ErrorCode::MalformedXml);
    }
    if (const std::string_view text = root.child_text("StorageClass"); !text.empty()) {
        TRY(request.storage_class, read_storage_class(x, std::string(text)));
    }
    if (const std::string_view text = root.child_text("DataRedundancyType"); !text.empty()) {
        if (text != "LRS" && text != "ZRS") {
            return fail(ErrorCode::InvalidArgument, "The DataRedundancyType must be LRS or ZRS.");
        }
        request.redundancy = text == "ZRS" ? Redundancy::Zrs : Redundancy::Lrs;
    }
    if (std::string_view text = root.child_text("LocationConstraint"); !text.empty()) {
        constexpr std::string_view kPrefix = "oss-";
        if (!text.starts_with(kPrefix)) {
            return fail(ErrorCode::InvalidLocationConstraint);
        }
        text.remove_prefix(kPrefix.size());
        request.location = std::string(text);
    }
    return {};
}

}  // namespace

Task<Result<http::Response>> put_bucket(Exchange& x) {
    object::CreateBucketRequest request{.name = x.bucket()};
    for (const std::string_view name : {"x-oss-hns-status", "x-oss-server-side-encryption"}) {
        if (const std::string_view value = x.header(name); !value.empty() && value != "disabled") {
            co_return refuse_not_built(name);
        }
    }
    if (const std::string* text = x.request.headers.find("x-oss-acl"); text != nullptr) {
        request.acl = parse_acl(*text);
        if (!request.acl || request.acl == Acl::Default) {
            co_return refuse_argument(
                x, "x-oss-acl", *text, "no such bucket access control exists");
        }
    }
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY_VOID(read_configuration(x, body, request));
    Result<Bucket> made = co_await x.services.buckets.create_bucket(x.caller, std::move(request));
    if (!made && made.error().code != ErrorCode::BucketAlreadyOwnedByYou) {
        co_return fail(std::move(made).error());
    }
    http::Response response = empty_response();
    response.headers.add("Location", "/" + x.parsed.bucket);
    co_return response;
}

Task<Result<http::Response>> delete_bucket(Exchange& x) {
    // A live rule: oss-facts 7.2 leaves the code open and asks for 409.
    Result<void> done = co_await x.services.buckets.delete_bucket(x.caller, x.bucket());
    if (!done) {
        if (done.error().code == ErrorCode::InvalidBucketStatus) {
            x.detail.status = 409;
        }
        co_return fail(std::move(done).error());
    }
    co_return empty_response(204);
}

Task<Result<http::Response>> head_bucket(Exchange& x) {
    CO_TRY_VOID(co_await x.services.buckets.head_bucket(x.caller, x.bucket()));
    http::Response response = empty_response();
    response.headers.add("x-oss-bucket-region", x.services.buckets.region());
    co_return response;
}

}  // namespace antipode::oss

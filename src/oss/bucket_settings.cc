#include <algorithm>

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/handlers.h"
#include "oss/tag_rules.h"

namespace antipode::oss {

Task<Result<http::Response>> put_bucket_acl(Exchange& x) {
    const std::string* text = x.request.headers.find("x-oss-acl");
    if (text == nullptr) {
        co_return fail(ErrorCode::MissingArgument, "The x-oss-acl header is required.");
    }
    const std::optional<Acl> acl = parse_acl(*text);
    if (!acl || *acl == Acl::Default) {
        co_return refuse_argument(x, "x-oss-acl", *text, "no such bucket access control exists");
    }
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_acl(x.caller, x.bucket(), *acl));
    co_return empty_response();
}

Task<Result<http::Response>> get_bucket_acl(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    co_return acl_response(bucket.owner, bucket.acl);
}

Task<Result<http::Response>> put_bucket_versioning(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(const codec::XmlElement root, codec::parse_xml(body));
    if (root.name != "VersioningConfiguration") {
        co_return fail(ErrorCode::MalformedXml);
    }
    const std::string_view status = root.child_text("Status");
    if (status.empty()) {
        co_return refuse(x,
                         ErrorCode::InvalidArgument,
                         "0012-00000003",
                         "The Status of the versioning must be given.");
    }
    if (status != "Enabled" && status != "Suspended") {
        co_return refuse_argument(
            x, "Status", std::string(status), "The Status must be Enabled or Suspended.");
    }
    const Versioning versioning = status == "Enabled" ? Versioning::Enabled : Versioning::Suspended;
    Result<void> done =
        co_await x.services.buckets.put_bucket_versioning(x.caller, x.bucket(), versioning);
    if (!done) {
        if (done.error().code == ErrorCode::InvalidBucketStatus) {
            x.detail.ec = "0012-00000005";
        }
        co_return fail(std::move(done).error());
    }
    co_return empty_response();
}

Task<Result<http::Response>> get_bucket_versioning(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    codec::XmlWriter xml;
    xml.open("VersioningConfiguration");
    if (bucket.versioning != Versioning::Unversioned) {
        xml.element("Status", bucket.versioning == Versioning::Enabled ? "Enabled" : "Suspended");
    }
    xml.close();
    co_return xml_response(xml.take());
}

Task<Result<http::Response>> put_bucket_tags(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(NamedValues tags, parse_tagging(body));
    CO_TRY_VOID(check_tags(x, tags, kBucketTagLimits));
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_tags(x.caller, x.bucket(), std::move(tags)));
    co_return empty_response();
}

Task<Result<http::Response>> get_bucket_tags(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    co_return tagging_response(bucket.tags);
}

Task<Result<http::Response>> delete_bucket_tags(Exchange& x) {
    NamedValues left;
    // "?tagging=k1,k2" removes only these.
    if (const std::string_view keys = x.query().get("tagging"); !keys.empty()) {
        CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
        const std::string list = "," + std::string(keys) + ",";
        for (const auto& tag : bucket.tags) {
            if (!list.contains("," + tag.first + ",")) {
                left.push_back(tag);
            }
        }
    }
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_tags(x.caller, x.bucket(), std::move(left)));
    co_return empty_response(204);
}

Task<Result<http::Response>> put_transfer_acceleration(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(const codec::XmlElement root, codec::parse_xml(body));
    const std::string_view enabled = root.child_text("Enabled");
    if (root.name != "TransferAccelerationConfiguration" ||
        (enabled != "true" && enabled != "false")) {
        co_return fail(ErrorCode::MalformedXml);
    }
    Result<void> done = co_await x.services.buckets.put_transfer_acceleration(
        x.caller, x.bucket(), enabled == "true");
    if (!done) {
        if (done.error().code == ErrorCode::InvalidBucketStatus) {
            x.detail.status = 409;
            x.detail.code = "TransferAccAlreadyInUse";
            x.detail.ec = "0028-00000003";
            CO_TRY(const Bucket bucket,
                   co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
            for (const IncomingRule& rule : bucket.incoming) {
                if (!rule.is_closed && rule.is_accelerated) {
                    x.detail.elements.emplace_back("SourceBucket", rule.source_bucket.str());
                    break;
                }
            }
            x.detail.elements.emplace_back("DestinationBucket", x.parsed.bucket);
        }
        co_return fail(std::move(done).error());
    }
    co_return empty_response();
}

Task<Result<http::Response>> get_transfer_acceleration(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    if (!bucket.transfer_acceleration_was_set) {
        x.detail.code = "NoSuchTransferAccelerationConfiguration";
        co_return fail(ErrorCode::NoSuchConfiguration,
                       "The transfer acceleration configuration does not exist.");
    }
    codec::XmlWriter xml;
    xml.open("TransferAccelerationConfiguration")
        .element("Enabled", bucket.transfer_acceleration)
        .close();
    co_return xml_response(xml.take());
}

}  // namespace antipode::oss

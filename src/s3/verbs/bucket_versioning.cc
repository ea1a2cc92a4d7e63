#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

S3Result<Versioning> parse_versioning(std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    if (root.name != "VersioningConfiguration") {
        return refuse(words::kMalformedXml);
    }
    const std::string_view mfa = root.child_text("MfaDelete");
    if (mfa == "Enabled") {
        return refuse_not_implemented("MfaDelete");
    }
    const std::string_view status = root.child_text("Status");
    if (status == "Enabled") {
        return Versioning::Enabled;
    }
    if (status == "Suspended") {
        return Versioning::Suspended;
    }
    return refuse(status.empty() ? words::kIllegalVersioning : words::kMalformedXml);
}

}  // namespace

Task<Answer> get_bucket_versioning(Call& call) {
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    codec::XmlWriter xml;
    xml.open("VersioningConfiguration", kNamespace);
    if (bucket.versioning != Versioning::Unversioned) {
        xml.element("Status", bucket.versioning == Versioning::Enabled ? "Enabled" : "Suspended");
    }
    xml.close();
    co_return xml_response(xml);
}

Task<Answer> put_bucket_versioning(Call& call) {
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(const Versioning versioning, parse_versioning(body));
    CO_TRY_VOID(
        co_await call.buckets.put_bucket_versioning(call.caller, call.bucket(), versioning));
    co_return empty_response(200);
}

}  // namespace antipode::s3

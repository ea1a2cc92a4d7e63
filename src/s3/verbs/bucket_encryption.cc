#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "s3/detail/attributes.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

S3Result<Encryption> parse_configuration(std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    const codec::XmlElement* rule = root.child("Rule");
    const codec::XmlElement* by_default =
        rule == nullptr ? nullptr : rule->child("ApplyServerSideEncryptionByDefault");
    if (root.name != "ServerSideEncryptionConfiguration" || by_default == nullptr) {
        return refuse(words::kMalformedXml);
    }
    if (rule->child_text("BucketKeyEnabled") == "true") {
        return refuse_not_implemented("BucketKeyEnabled");
    }
    return parse_encryption(by_default->child_text("SSEAlgorithm"),
                            by_default->child_text("KMSMasterKeyID"));
}

}  // namespace

Task<Answer> put_bucket_encryption(Call& call) {
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(Encryption encryption, parse_configuration(body));
    CO_TRY_VOID(co_await call.buckets.put_bucket_encryption(
        call.caller, call.bucket(), std::move(encryption)));
    co_return empty_response(200);
}

Task<Answer> get_bucket_encryption(Call& call) {
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    if (bucket.encryption.is_none()) {
        co_return refuse(words::kNoSuchEncryption);
    }
    codec::XmlWriter xml;
    xml.open("ServerSideEncryptionConfiguration", kNamespace).open("Rule");
    xml.open("ApplyServerSideEncryptionByDefault");
    xml.element("SSEAlgorithm", show_encryption(bucket.encryption));
    if (!bucket.encryption.kms_key.empty()) {
        xml.element("KMSMasterKeyID", bucket.encryption.kms_key);
    }
    xml.close();
    xml.element("BucketKeyEnabled", false).close().close();
    co_return xml_response(xml);
}

Task<Answer> delete_bucket_encryption(Call& call) {
    CO_TRY_VOID(co_await call.buckets.put_bucket_encryption(call.caller, call.bucket(), {}));
    co_return empty_response(204);
}

}  // namespace antipode::s3

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "oss/bucket_xml.h"
#include "oss/handlers.h"

namespace antipode::oss {

namespace {

Result<Encryption> parse_rule(Exchange& x, std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    const codec::XmlElement* rule = root.child("ApplyServerSideEncryptionByDefault");
    if (root.name != "ServerSideEncryptionRule" || rule == nullptr) {
        return fail(ErrorCode::MalformedXml);
    }
    const std::string_view algorithm = rule->child_text("SSEAlgorithm");
    const std::string_view key = rule->child_text("KMSMasterKeyID");
    if (algorithm == "SM4" || !rule->child_text("KMSDataEncryption").empty()) {
        return refuse_not_built("encryption with SM4");
    }
    if (algorithm != "AES256" && algorithm != "KMS") {
        return fail(ErrorCode::InvalidEncryptionAlgorithm);
    }
    if (algorithm == "AES256" && !key.empty()) {
        return refuse_argument(
            x, "KMSMasterKeyID", std::string(key), "KMSMasterKeyID is not applicable to AES256.");
    }
    TRY_VOID(check_field(x, "KMSMasterKeyID", key));
    return Encryption{.kind = algorithm == "KMS" ? EncryptionKind::Kms : EncryptionKind::Aes256,
                      .kms_key = std::string(key)};
}

}  // namespace

std::string_view encryption_name(const Encryption& encryption) {
    switch (encryption.kind) {
        case EncryptionKind::None:
            return "None";
        case EncryptionKind::Aes256:
            return "AES256";
        case EncryptionKind::Kms:
            return "KMS";
    }
    return "None";
}

Task<Result<http::Response>> put_bucket_encryption(Exchange& x) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(Encryption encryption, parse_rule(x, body));
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_encryption(
        x.caller, x.bucket(), std::move(encryption)));
    co_return empty_response();
}

Task<Result<http::Response>> get_bucket_encryption(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    if (bucket.encryption.is_none()) {
        x.detail.code = "NoSuchServerSideEncryptionRule";
        co_return fail(ErrorCode::NoSuchConfiguration,
                       "The server side encryption configuration was not found.");
    }
    codec::XmlWriter xml;
    xml.open("ServerSideEncryptionRule").open("ApplyServerSideEncryptionByDefault");
    xml.element("SSEAlgorithm", encryption_name(bucket.encryption));
    if (!bucket.encryption.kms_key.empty()) {
        xml.element("KMSMasterKeyID", bucket.encryption.kms_key);
    }
    xml.close().close();
    co_return xml_response(xml.take());
}

Task<Result<http::Response>> delete_bucket_encryption(Exchange& x) {
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_encryption(x.caller, x.bucket(), {}));
    co_return empty_response(204);
}

}  // namespace antipode::oss

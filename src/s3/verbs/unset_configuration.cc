#include "codec/xml_writer.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

/// Sub-resources that clients ask every bucket for. What is not built was never set, and S3 has an
/// answer for that.
namespace antipode::s3 {

namespace {

struct Unset {
    std::string_view parameter;
    const ErrorWord* word;  ///< The error, or null: an empty document named `root`.
    std::string_view root = {};
};

constexpr Unset kUnset[] = {
    {.parameter = "policy", .word = &words::kNoSuchBucketPolicy},
    {.parameter = "policyStatus", .word = &words::kNoSuchBucketPolicy},
    {.parameter = "cors", .word = &words::kNoSuchCors},
    {.parameter = "object-lock", .word = &words::kNoSuchObjectLock},
    {.parameter = "publicAccessBlock", .word = &words::kNoSuchPublicAccessBlock},
    {.parameter = "ownershipControls", .word = &words::kNoSuchOwnershipControls},
    {.parameter = "website", .word = &words::kNoSuchWebsite},
    {.parameter = "notification", .word = nullptr, .root = "NotificationConfiguration"},
    {.parameter = "logging", .word = nullptr, .root = "BucketLoggingStatus"},
};

}  // namespace

Task<Answer> get_unset_configuration(Call& call) {
    CO_TRY_VOID(co_await call.buckets.find_bucket(call.caller, call.bucket()));
    codec::XmlWriter xml;
    for (const Unset& unset : kUnset) {
        if (!call.query().contains(unset.parameter)) {
            continue;
        }
        if (unset.word != nullptr) {
            co_return refuse(*unset.word);
        }
        xml.open(unset.root, kNamespace).close();
        co_return xml_response(xml);
    }
    xml.open("RequestPaymentConfiguration", kNamespace).element("Payer", "BucketOwner").close();
    co_return xml_response(xml);
}

Task<Answer> delete_unset_configuration(Call& call) {
    for (const std::string_view readonly : {"policyStatus",
                                            "object-lock",
                                            "notification",
                                            "logging",
                                            "requestPayment",
                                            "accelerate"}) {
        if (call.query().contains(readonly)) {
            co_return refuse(words::kMethodNotAllowed);
        }
    }
    CO_TRY_VOID(co_await call.buckets.find_bucket(call.caller, call.bucket()));
    co_return empty_response(204);
}

Task<Answer> get_unset_object_configuration(Call& call) {
    CO_TRY(std::optional<std::string> version_id, version_id_of(call));
    object::VersionName name{
        .bucket = call.bucket(), .key = call.key(), .version_id = std::move(version_id)};
    CO_TRY_VOID(co_await call.objects.describe_object(call.caller, std::move(name)));
    co_return refuse(words::kNoSuchObjectLockOfObject);
}

}  // namespace antipode::s3

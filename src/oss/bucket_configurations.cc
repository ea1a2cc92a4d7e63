#include <array>

#include "codec/xml_writer.h"
#include "oss/handlers.h"

/// Settings that cannot be made yet: reading one gives the answer of a bucket where it was never
/// made.
namespace antipode::oss {

namespace {

struct Unset {
    std::string_view name;
    std::string_view code;  ///< "" = a document with the default is shown.
    std::string_view message;
};

constexpr std::array kUnset{
    Unset{"cors", "NoSuchCORSConfiguration", "The CORS Configuration does not exist."},
    Unset{"website",
          "NoSuchWebsiteConfiguration",
          "The specified bucket does not have a website configuration."},
    Unset{"policy", "NoSuchBucketPolicy", "The bucket policy does not exist."},
    Unset{"inventory", "NoSuchInventory", "The bucket inventory does not exist."},
    Unset{"logging", "", ""},
    Unset{"referer", "", ""},
    Unset{"requestPayment", "", ""},
};

const Unset& asked_for(const Exchange& x) {
    for (const Unset& unset : kUnset) {
        if (x.query().contains(unset.name)) {
            return unset;
        }
    }
    return kUnset.front();  // Routes lead here only with one of them.
}

std::string default_document(std::string_view name) {
    codec::XmlWriter xml;
    if (name == "logging") {
        xml.element("BucketLoggingStatus", "");
    } else if (name == "referer") {
        xml.open("RefererConfiguration")
            .element("AllowEmptyReferer", true)
            .element("RefererList", "")
            .close();
    } else {
        xml.open("RequestPaymentConfiguration").element("Payer", "BucketOwner").close();
    }
    return xml.take();
}

}  // namespace

Task<Result<http::Response>> get_bucket_configuration(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    const Unset& unset = asked_for(x);
    // Kept by the S3 face in its own words, which are not OSS's.
    if (bucket.configurations.contains(std::string(unset.name))) {
        co_return refuse_not_built("reading a " + std::string(unset.name) +
                                   " configuration that was set over S3");
    }
    if (!unset.code.empty()) {
        x.detail.code = unset.code;
        co_return fail(ErrorCode::NoSuchConfiguration, std::string(unset.message));
    }
    co_return xml_response(default_document(unset.name));
}

Task<Result<http::Response>> delete_bucket_configuration(Exchange& x) {
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_configuration(
        x.caller, x.bucket(), std::string(asked_for(x).name), std::nullopt));
    co_return empty_response(204);
}

Task<Result<http::Response>> answer_preflight(Exchange& x) {
    if (x.header("origin").empty() || x.header("access-control-request-method").empty()) {
        x.detail.code = "BadRequest";
        co_return fail(
            ErrorCode::InvalidRequest,
            "Insufficient information. Origin and Access-Control-Request-Method are required.");
    }
    x.detail.code = "AccessForbidden";
    co_return fail(ErrorCode::AccessDenied, "CORSResponse: CORS is not enabled for this bucket.");
}

}  // namespace antipode::oss

#include <fmt/format.h>

#include "oss/handlers.h"
#include "oss/lifecycle_xml.h"

namespace antipode::oss {

Task<Result<http::Response>> put_bucket_lifecycle(Exchange& x) {
    const std::string allowed(x.header("x-oss-allow-same-action-overlap"));
    if (!allowed.empty() && allowed != "true" && allowed != "false") {
        co_return refuse_argument(
            x, "x-oss-allow-same-action-overlap", allowed, "The value must be true or false.");
    }
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(LifecycleRules rules, parse_lifecycle(body));
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_lifecycle(
        x.caller, x.bucket(), std::move(rules), allowed == "true"));
    co_return empty_response();
}

Task<Result<http::Response>> get_bucket_lifecycle(Exchange& x) {
    CO_TRY(const LifecycleRules rules,
           co_await x.services.buckets.find_bucket_lifecycle(x.caller, x.bucket()));
    if (rules.empty()) {
        x.detail.code = "NoSuchLifecycle";
        co_return fail(ErrorCode::NoSuchConfiguration, "No Row found in Lifecycle Table.");
    }
    for (const LifecycleRule& rule : rules) {
        if (const std::string_view words = said_only_in_s3(rule); !words.empty()) {
            co_return fail(ErrorCode::OperationNotSupported,
                           fmt::format("The rule '{}' was made with S3 and says {}, which OSS "
                                       "cannot express; read it with S3.",
                                       rule.id,
                                       words));
        }
    }
    co_return xml_response(lifecycle_document(rules));
}

Task<Result<http::Response>> delete_bucket_lifecycle(Exchange& x) {
    CO_TRY_VOID(co_await x.services.buckets.put_bucket_lifecycle(x.caller, x.bucket(), {}, false));
    co_return empty_response(204);
}

}  // namespace antipode::oss

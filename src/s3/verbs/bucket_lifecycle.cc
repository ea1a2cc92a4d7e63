#include <fmt/format.h>

#include "codec/xml_writer.h"
#include "s3/detail/lifecycle_xml.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/said_in_oss.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

/// Both of S3's ways are one while there is no class but STANDARD_IA; which one was wanted is not
/// kept, so only the first can be had.
constexpr const char* kMinimumSize = "x-amz-transition-default-minimum-object-size";
constexpr std::string_view kAllClasses = "all_storage_classes_128K";

}  // namespace

Task<Answer> put_bucket_lifecycle(Call& call) {
    const std::string_view minimum = call.header(kMinimumSize);
    if (!minimum.empty() && minimum != kAllClasses) {
        co_return refuse_not_implemented(fmt::format("{}: {}", kMinimumSize, minimum));
    }
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(LifecycleRules rules, parse_lifecycle(body));
    CO_TRY_VOID(co_await call.buckets.put_bucket_lifecycle(
        call.caller, call.bucket(), std::move(rules), true));
    http::Response response = empty_response(200);
    response.headers.add(kMinimumSize, std::string(kAllClasses));
    co_return response;
}

Task<Answer> get_bucket_lifecycle(Call& call) {
    CO_TRY(const LifecycleRules rules,
           co_await call.buckets.find_bucket_lifecycle(call.caller, call.bucket()));
    if (rules.empty()) {
        co_return refuse(words::kNoSuchLifecycle);
    }
    for (const LifecycleRule& rule : rules) {
        if (const std::string_view words = said_only_in_oss(rule); !words.empty()) {
            co_return refuse_said_in_oss(rule.id, words);
        }
    }
    codec::XmlWriter xml;
    write_lifecycle(xml, rules);
    http::Response response = xml_response(xml);
    response.headers.add(kMinimumSize, std::string(kAllClasses));
    co_return response;
}

Task<Answer> delete_bucket_lifecycle(Call& call) {
    CO_TRY_VOID(co_await call.buckets.put_bucket_lifecycle(call.caller, call.bucket(), {}, true));
    co_return empty_response(204);
}

}  // namespace antipode::s3

#include "codec/xml_writer.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> list_buckets(Call& call) {
    CO_TRY(const std::uint64_t max_buckets,
           query_number(call, "max-buckets", {.fallback = 10'000, .min = 1, .max = 10'000}));
    CO_TRY(const std::vector<Bucket> buckets, co_await call.buckets.list_buckets(call.caller));
    const std::string_view prefix = call.query().get("prefix");
    const std::string_view after = call.query().get("continuation-token");

    codec::XmlWriter xml;
    xml.open("ListAllMyBucketsResult", kNamespace);
    write_owner(xml, call.caller.principal.account);
    xml.open("Buckets");
    std::uint64_t shown = 0;
    std::string last;
    bool is_truncated = false;
    for (const Bucket& bucket : buckets) {
        const std::string& name = bucket.name.str();
        if (!name.starts_with(prefix) || (!after.empty() && name <= after)) {
            continue;
        }
        if (shown == max_buckets) {
            is_truncated = true;
            break;
        }
        ++shown;
        last = name;
        xml.open("Bucket")
            .element("Name", name)
            .element("CreationDate", show_time(bucket.created_ms));
        xml.element("BucketRegion", call.buckets.region()).close();
    }
    xml.close();
    if (is_truncated) {
        xml.element("ContinuationToken", last);
    }
    if (!prefix.empty()) {
        xml.element("Prefix", prefix);
    }
    xml.close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3

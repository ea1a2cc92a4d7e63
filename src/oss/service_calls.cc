#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/handlers.h"

namespace antipode::oss {

namespace {

constexpr std::uint64_t kBucketsPerPage = 100;
constexpr std::uint64_t kBucketsPerPageMax = 1000;

bool has_tag(const Bucket& bucket, const std::string& key, const std::string* value) {
    for (const auto& [name, text] : bucket.tags) {
        if (name == key && (value == nullptr || text == *value)) {
            return true;
        }
    }
    return false;
}

bool is_wanted(const Bucket& bucket, const codec::Query& query) {
    const std::string& name = bucket.name.str();
    if (!name.starts_with(query.get("prefix")) || name <= query.get("marker")) {
        return false;
    }
    const std::string* key = query.find("tag-key");
    return key == nullptr || key->empty() || has_tag(bucket, *key, query.find("tag-value"));
}

void append_bucket(codec::XmlWriter& xml, const Exchange& x, const Bucket& bucket) {
    const std::string endpoint = x.endpoint();
    xml.open("Bucket");
    xml.element("CreationDate", xml_time(bucket.created_ms));
    xml.element("ExtranetEndpoint", endpoint).element("IntranetEndpoint", endpoint);
    xml.element("Location", location_of(x));
    xml.element("Name", bucket.name.str());
    xml.element("Region", x.services.buckets.region());
    xml.element("StorageClass", oss_name(bucket.storage_class));
    xml.close();
}

}  // namespace

Task<Result<http::Response>> list_buckets(Exchange& x) {
    const NumberLimits limits{.min = 1, .max = kBucketsPerPageMax, .absent = kBucketsPerPage};
    CO_TRY(const std::uint64_t max_keys, number_parameter(x, "max-keys", limits));
    CO_TRY(const std::vector<Bucket> all, co_await x.services.buckets.list_buckets(x.caller));
    std::vector<const Bucket*> page;
    bool is_truncated = false;
    for (const Bucket& bucket : all) {
        if (is_wanted(bucket, x.query())) {
            is_truncated = page.size() == max_keys;
            if (is_truncated) {
                break;
            }
            page.push_back(&bucket);
        }
    }
    codec::XmlWriter xml;
    xml.open("ListAllMyBucketsResult");
    const codec::Query& query = x.query();
    if (is_truncated || query.contains("prefix") || query.contains("marker") ||
        query.contains("max-keys")) {
        xml.element("Prefix", query.get("prefix")).element("Marker", query.get("marker"));
        xml.element("MaxKeys", max_keys).element("IsTruncated", is_truncated);
        if (is_truncated) {
            xml.element("NextMarker", page.back()->name.str());
        }
    }
    append_owner(xml, x.caller.principal.account);
    xml.open("Buckets");
    for (const Bucket* bucket : page) {
        append_bucket(xml, x, *bucket);
    }
    xml.close().close();
    co_return xml_response(xml.take());
}

/// This deployment knows of one region only: itself.
Task<Result<http::Response>> describe_regions(Exchange& x) {
    if (x.caller.principal.is_anonymous()) {
        co_return fail(ErrorCode::AccessDenied);
    }
    const std::string location = location_of(x);
    if (const std::string_view wanted = x.query().get("regions");
        !wanted.empty() && wanted != location) {
        x.detail.status = 404;
        x.detail.code = "NoSuchRegion";
        co_return fail(ErrorCode::NoSuchConfiguration, std::string(wanted));
    }
    const std::string endpoint = x.endpoint();
    codec::XmlWriter xml;
    xml.open("RegionInfoList").open("RegionInfo");
    xml.element("Region", location);
    xml.element("InternetEndpoint", endpoint).element("InternalEndpoint", endpoint);
    xml.element("AccelerateEndpoint", x.services.accelerate_endpoint);
    xml.close().close();
    co_return xml_response(xml.take());
}

}  // namespace antipode::oss

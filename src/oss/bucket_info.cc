#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/handlers.h"

namespace antipode::oss {

namespace {

std::string_view flag(bool enabled) {
    return enabled ? "Enabled" : "Disabled";
}

}  // namespace

Task<Result<http::Response>> get_bucket_info(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    const std::string endpoint = x.endpoint();
    codec::XmlWriter xml;
    xml.open("BucketInfo").open("Bucket");
    xml.element("AccessMonitor", "Disabled");
    xml.open("AccessControlList").element("Grant", acl_name(bucket.acl)).close();
    xml.open("BucketPolicy").element("LogBucket", "").element("LogPrefix", "").close();
    xml.element("Comment", "");
    xml.element("CreationDate", xml_time(bucket.created_ms));
    xml.element("CrossRegionReplication", flag(bucket.has_live_rule()));
    xml.element("DataRedundancyType", bucket.redundancy == Redundancy::Zrs ? "ZRS" : "LRS");
    xml.element("ExtranetEndpoint", endpoint).element("IntranetEndpoint", endpoint);
    xml.element("Location", location_of(x));
    xml.element("Name", bucket.name.str());
    append_owner(xml, bucket.owner);
    xml.open("ServerSideEncryptionRule");
    xml.element("SSEAlgorithm", encryption_name(bucket.encryption));
    if (!bucket.encryption.kms_key.empty()) {
        xml.element("KMSMasterKeyID", bucket.encryption.kms_key);
    }
    xml.close();
    xml.element("StorageClass", oss_name(bucket.storage_class));
    xml.element("TransferAcceleration", flag(bucket.transfer_acceleration));
    if (bucket.versioning != Versioning::Unversioned) {
        xml.element("Versioning",
                    bucket.versioning == Versioning::Enabled ? "Enabled" : "Suspended");
    }
    xml.element("BlockPublicAccess", false);
    xml.close().close();
    co_return xml_response(xml.take());
}

Task<Result<http::Response>> get_bucket_location(Exchange& x) {
    CO_TRY_VOID(co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    codec::XmlWriter xml;
    xml.element("LocationConstraint", location_of(x));
    co_return xml_response(xml.take());
}

Task<Result<http::Response>> get_bucket_stat(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    CO_TRY(const object::BucketStat stat,
           co_await x.services.buckets.stat_bucket(x.caller, x.bucket()));
    codec::XmlWriter xml;
    xml.open("BucketStat");
    xml.element("Storage", stat.storage_bytes);
    xml.element("ObjectCount", stat.object_count);
    xml.element("MultipartUploadCount", stat.upload_count);
    xml.element("LiveChannelCount", 0);
    constexpr std::int64_t kMsPerSecond = 1000;
    xml.element("LastModifiedTime", stat.last_modified_ms / kMsPerSecond);
    // Usage is not kept per class yet, so it is shown under the bucket's own.
    const auto mine = [&bucket](StorageClass storage_class, std::uint64_t value) {
        return bucket.storage_class == storage_class ? value : 0;
    };
    xml.element("StandardStorage", mine(StorageClass::Standard, stat.storage_bytes));
    xml.element("StandardObjectCount", mine(StorageClass::Standard, stat.object_count));
    for (const auto& [storage_class, name] :
         {std::pair{StorageClass::InfrequentAccess, "InfrequentAccess"},
          std::pair{StorageClass::Archive, "Archive"},
          std::pair{StorageClass::ColdArchive, "ColdArchive"},
          std::pair{StorageClass::DeepColdArchive, "DeepColdArchive"}}) {
        const std::string prefix = name;
        xml.element(prefix + "Storage", mine(storage_class, stat.storage_bytes));
        xml.element(prefix + "RealStorage", mine(storage_class, stat.storage_bytes));
        xml.element(prefix + "ObjectCount", mine(storage_class, stat.object_count));
    }
    xml.element("DeleteMarkerCount", stat.delete_marker_count);
    xml.close();
    co_return xml_response(xml.take());
}

}  // namespace antipode::oss

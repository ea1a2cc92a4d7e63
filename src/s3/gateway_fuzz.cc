#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "codec/base64.h"
#include "crypto/hmac.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "protocol/fuzzed_gateway.h"
#include "s3/detail/sigv2.h"
#include "s3/gateway.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

void sign(http::Request& request, const protocol::ParsedRequest& parsed) {
    const std::string to_sign = s3::v2_string_to_sign(request, parsed, request.headers.get("Date"));
    const crypto::Digest mac =
        crypto::hmac_sha1(as_bytes(std::string_view("SK")), as_bytes(to_sign));
    request.headers.add("Authorization", "AWS AK:" + codec::base64_encode(mac.bytes()));
}

/// The gateway over the real services on stores in memory.
class Site {
  public:
    Site() {
        keyring_.put({.id = "AK", .secret = "SK", .account = AccountId("1000"), .is_root = false});
        const runtime::Executor::Scope scope(asked.executor());
        CHECK(asked.run(catalog_.load()));
        objects_ = object::make_object_service(catalog_, blobs_);
        buckets_ = object::make_bucket_service(catalog_);
        gateway_ =
            std::make_unique<s3::Gateway>(s3::GatewayOptions(), *objects_, *buckets_, keyring_);
        asked.open(*gateway_, "x-amz-meta-a");
    }

    protocol::FuzzedGateway asked{protocol::Dialect::S3, sign};

  private:
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
    catalog::Catalog catalog_{index_, {.region = "cn-hangzhou"}};
    access::Keyring keyring_;
    std::unique_ptr<object::ObjectService> objects_;
    std::unique_ptr<object::BucketService> buckets_;
    std::unique_ptr<s3::Gateway> gateway_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Site().asked.take(data, size);
    return 0;
}

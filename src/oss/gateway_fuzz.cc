#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "oss/fake_rule_service.h"
#include "oss/oss_gateway.h"
#include "oss/v1_signature.h"
#include "protocol/fuzzed_gateway.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

void sign(http::Request& request, const protocol::ParsedRequest& parsed) {
    const oss::CanonicalInput input{
        request.method, parsed.bucket, parsed.key, parsed.target.query, request.headers};
    const std::string to_sign =
        v1_string_to_sign(input, request.headers.get("Date"), oss::SignedParameters::Listed);
    request.headers.add("Authorization", "OSS AK:" + oss::v1_signature("SK", to_sign));
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
        const oss::Services services{.objects = *objects_, .buckets = *buckets_, .rules = rules_};
        gateway_ = std::make_unique<oss::Gateway>(services, keyring_);
        asked.open(*gateway_, "x-oss-meta-a");
    }

    protocol::FuzzedGateway asked{protocol::Dialect::Oss, sign};

  private:
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
    catalog::Catalog catalog_{index_, {.region = "cn-hangzhou"}};
    access::Keyring keyring_;
    oss::FakeRuleService rules_;
    std::unique_ptr<object::ObjectService> objects_;
    std::unique_ptr<object::BucketService> buckets_;
    std::unique_ptr<oss::Gateway> gateway_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Site().asked.take(data, size);
    return 0;
}

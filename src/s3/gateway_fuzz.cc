#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "codec/http_date.h"
#include "codec/xml_reader.h"
#include "crypto/hmac.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "protocol/router.h"
#include "protocol/text_request.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "s3/detail/sigv2.h"
#include "s3/gateway.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kRequestsMax = 4;

/// The gateway over the real services on stores in memory, with a bucket, an object and an upload.
class Site {
  public:
    Site() {
        keyring_.put({.id = "AK", .secret = "SK", .account = AccountId("1000"), .is_root = false});
        const runtime::Executor::Scope scope(executor_);
        CHECK(run(catalog_.load()));
        objects_ = object::make_object_service(catalog_, blobs_);
        buckets_ = object::make_bucket_service(catalog_);
        gateway_ =
            std::make_unique<s3::Gateway>(s3::GatewayOptions(), *objects_, *buckets_, keyring_);
        const protocol::Router::Options options{.hosts = {}, .fallback = protocol::Dialect::S3};
        router_ = std::make_unique<protocol::Router>(options, *gateway_, *gateway_);
        ask("PUT /bucket");
        ask("PUT /bucket/k\nx-amz-meta-a: 1\n\nhello");
        const http::Response made = ask("POST /bucket/m?uploads");
        upload_ = codec::parse_xml(made.text).value().child_text("UploadId");
        ask("PUT /bucket/m?partNumber=1&uploadId=UPLOAD\n\nhello");
    }

    /// Signed with the key of the bucket's owner; UPLOAD stands for the upload's id.
    http::Response ask(std::string text) {
        if (const std::size_t found = text.find("UPLOAD"); found != std::string::npos) {
            text.replace(found, 6, upload_);
        }
        std::optional<http::Request> request = protocol::text_request(text);
        if (!request) {
            return {};
        }
        request->headers.add("Date", codec::format_http_date(executor_.wall_now()));
        const auto parsed = protocol::parse_request(*request, {}, protocol::Dialect::S3);
        if (parsed) {
            sign(*request, *parsed);
        }
        http::Response response = run(router_->handle(*request));
        if (response.stream) {
            const auto read = run(runtime::read_text(response.stream.get(), kMiB));
            CHECK(read && (!response.stream_size || read->size() == *response.stream_size));
        }
        return response;
    }

  private:
    static void sign(http::Request& request, const protocol::ParsedRequest& parsed) {
        const std::string to_sign =
            s3::v2_string_to_sign(request, parsed, request.headers.get("Date"));
        const crypto::Digest mac =
            crypto::hmac_sha1(as_bytes(std::string_view("SK")), as_bytes(to_sign));
        request.headers.add("Authorization", "AWS AK:" + codec::base64_encode(mac.bytes()));
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    runtime::SimExecutor executor_{7, false};
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
    catalog::Catalog catalog_{index_, {.region = "cn-hangzhou"}};
    access::Keyring keyring_;
    std::unique_ptr<object::ObjectService> objects_;
    std::unique_ptr<object::BucketService> buckets_;
    std::unique_ptr<s3::Gateway> gateway_;
    std::unique_ptr<protocol::Router> router_;
    std::string upload_;
};

}  // namespace

/// Up to four signed requests, one after the other, separated by 0x01: none is our mistake (500),
/// and what answers is well-formed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Site site;
    for (std::size_t i = 0; i < kRequestsMax && !text.empty(); ++i) {
        const std::size_t end = text.find('\x01');
        const http::Response response = site.ask(std::string(text.substr(0, end)));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        CHECK(response.status >= 200 && response.status < 600 && response.status != 500);
        for (const auto& [name, value] : response.headers.all()) {
            CHECK(codec::is_field_name(name) && codec::is_field_value(value));
        }
        if (!response.text.empty() && response.headers.get("Content-Type") == "application/xml") {
            CHECK(codec::parse_xml(response.text).has_value());
        }
    }
    return 0;
}

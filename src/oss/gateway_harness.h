#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/units.h"
#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "codec/http_date.h"
#include "codec/xml_reader.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "oss/fake_rule_service.h"
#include "oss/oss_gateway.h"
#include "oss/v1_signature.h"
#include "oss/v4_signature.h"
#include "runtime/byte_source.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"
#include "sealing/test_keys.h"

/// For tests of this room only: the gateway over the real services on in-memory stores, asked with
/// signed requests.
namespace antipode::oss {

/// A request before it is signed. Path style, unless there is a host.
struct Ask {
    std::string method = "GET";
    std::string bucket;
    std::string key;
    std::string query;  ///< Without '?'.
    NamedValues headers;
    std::string body;
    std::string host;  ///< Names the bucket when it is not empty.
};

struct Answer {
    int status = 0;
    http::Headers headers;
    std::string body;
    std::optional<std::uint64_t> announced_size;

    [[nodiscard]] codec::XmlElement xml() const { return codec::parse_xml(body).value(); }

    /// The <Code> of an error.
    [[nodiscard]] std::string code() const { return std::string(xml().child_text("Code")); }

    [[nodiscard]] std::string ec() const { return std::string(headers.get("x-oss-ec")); }

    [[nodiscard]] std::string header(std::string_view name) const {
        return std::string(headers.get(name));
    }
};

enum class Signed : std::uint8_t { Not, V1, V4 };

class GatewayTest : public ::testing::Test {
  protected:
    static constexpr std::string_view kRegion = "cn-hangzhou";

    GatewayTest() {
        keyring.put({.id = "AK", .secret = "SK", .account = AccountId("1000"), .is_root = false});
        keyring.put(
            {.id = "OTHER", .secret = "SK2", .account = AccountId("2000"), .is_root = false});
        runtime::Executor::Scope scope(executor);
        EXPECT_TRUE(run(catalog.load()));
        objects = object::make_object_service(catalog, blobs, &keys);
        buckets = object::make_bucket_service(catalog, &keys);
        const Services services{.objects = *objects, .buckets = *buckets, .rules = rules};
        gateway.emplace(services, keyring);
        router.emplace(protocol::Router::Options{.hosts = {}, .fallback = protocol::Dialect::Oss},
                       *gateway,
                       *gateway);
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor, std::move(task));
    }

    [[nodiscard]] codec::UtcTime now() const { return executor.wall_now(); }

    http::Request make_request(const Ask& ask) const {
        http::Request request;
        request.method = ask.method;
        request.target = ask.host.empty() ? "/" + ask.bucket : "";
        if (!ask.key.empty() || request.target.empty()) {
            request.target += "/" + codec::percent_encode_path(ask.key);
        }
        if (!ask.query.empty()) {
            request.target += "?" + ask.query;
        }
        request.headers.add("Host", ask.host.empty() ? "127.0.0.1:9000" : ask.host);
        for (const auto& [name, value] : ask.headers) {
            request.headers.add(name, value);
        }
        request.content_length = ask.body.size();
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(ask.body));
        return request;
    }

    protocol::ParsedRequest parse(const http::Request& request) const {
        protocol::ParsedRequest parsed =
            protocol::parse_request(request, {}, protocol::Dialect::Oss).value();
        return parsed;
    }

    void sign(http::Request& request, Signed how, const access::AccessKey& key) const {
        if (how == Signed::Not) {
            return;
        }
        if (how == Signed::V1) {
            request.headers.add("Date", codec::format_http_date(now()));
        } else {
            request.headers.add("x-oss-date", codec::format_basic(now()));
            request.headers.add("x-oss-content-sha256", std::string(kUnsignedPayload));
        }
        const protocol::ParsedRequest parsed = parse(request);
        const CanonicalInput input{
            request.method, parsed.bucket, parsed.key, parsed.target.query, request.headers};
        if (how == Signed::V1) {
            const std::string text =
                v1_string_to_sign(input, request.headers.get("Date"), SignedParameters::Listed);
            request.headers.add("Authorization",
                                "OSS " + key.id + ":" + v1_signature(key.secret, text));
            return;
        }
        const protocol::V4Credential credential{.access_key = key.id,
                                                .date = codec::format_basic_date(now()),
                                                .region = std::string(kRegion),
                                                .service = "oss",
                                                .terminator = "aliyun_v4_request"};
        const std::string text =
            protocol::v4_string_to_sign(kV4Algorithm,
                                        codec::format_basic(now()),
                                        credential.scope(),
                                        v4_canonical_request({input, {}, kUnsignedPayload}));
        const std::string signature = protocol::sign_v4(
            protocol::derive_v4_key(kV4SecretPrefix, key.secret, credential), text);
        request.headers.add("Authorization",
                            "OSS4-HMAC-SHA256 Credential=" + key.id + "/" + credential.scope() +
                                ",Signature=" + signature);
    }

    Answer send(http::Request request) {
        http::Response response = run(router->handle(request));
        Answer answer{.status = response.status,
                      .headers = std::move(response.headers),
                      .body = std::move(response.text),
                      .announced_size = response.announced_size};
        if (response.stream) {
            const Result<std::string> text =
                run(runtime::read_text(response.stream.get(), 64 * kMiB));
            EXPECT_TRUE(text);
            answer.body = text.value_or("");
        }
        return answer;
    }

    Answer ask(const Ask& what, Signed how = Signed::V4) {
        http::Request request = make_request(what);
        sign(request, how, keyring.find("AK").value());
        return send(std::move(request));
    }

    Answer ask_as_other(const Ask& what) {
        http::Request request = make_request(what);
        sign(request, Signed::V4, keyring.find("OTHER").value());
        return send(std::move(request));
    }

    Answer put(std::string key, std::string body, NamedValues headers = {}) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .key = std::move(key),
                    .query = {},
                    .headers = std::move(headers),
                    .body = std::move(body)});
    }

    Answer get(std::string key, std::string query = {}, NamedValues headers = {}) {
        return ask({.bucket = "bucket",
                    .key = std::move(key),
                    .query = std::move(query),
                    .headers = std::move(headers),
                    .body = {}});
    }

    void make_bucket(std::string name = "bucket") {
        ASSERT_EQ(ask({.method = "PUT", .bucket = std::move(name)}).status, 200);
    }

    void set_versioning(const std::string& status) {
        const std::string body =
            "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>";
        ASSERT_EQ(
            ask({.method = "PUT", .bucket = "bucket", .query = "versioning", .body = body}).status,
            200);
    }

    runtime::SimExecutor executor{7, false};
    runtime::TaskGroup group;
    index::MemoryStore index;
    blob::MemoryBlobStore blobs;
    sealing::LocalKeys keys{sealing::make_test_keys("region")};
    catalog::Catalog catalog{index, {.region = std::string(kRegion)}};
    access::Keyring keyring;
    FakeRuleService rules;
    std::unique_ptr<object::ObjectService> objects;
    std::unique_ptr<object::BucketService> buckets;
    std::optional<Gateway> gateway;
    std::optional<protocol::Router> router;
};

}  // namespace antipode::oss

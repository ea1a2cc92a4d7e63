#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/units.h"
#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "codec/ascii.h"
#include "codec/hex.h"
#include "codec/http_date.h"
#include "codec/uri.h"
#include "codec/xml_reader.h"
#include "crypto/digest.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "protocol/v4_signature.h"
#include "runtime/byte_source.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"
#include "s3/detail/sigv4.h"
#include "s3/gateway.h"
#include "sealing/test_keys.h"

/// For tests of this room only: the gateway over the real services on in-memory stores, asked with
/// signed requests.
namespace antipode::s3 {

/// A request before it is signed. Path style, unless there is a host.
struct Ask {
    std::string method = "GET";
    std::string bucket = {};
    std::string key = {};
    std::string query = {};  ///< Without '?'.
    NamedValues headers = {};
    std::string body = {};
    std::string host = {};  ///< Names the bucket when it is not empty.
};

struct Got {
    int status = 0;
    http::Headers headers;
    std::string body;
    std::optional<std::uint64_t> announced_size;

    [[nodiscard]] codec::XmlElement xml() const { return codec::parse_xml(body).value(); }

    /// The <Code> of an error, "" for anything else.
    [[nodiscard]] std::string code() const {
        const auto root = codec::parse_xml(body);
        return root && root->name == "Error" ? std::string(root->child_text("Code"))
                                             : std::string();
    }

    [[nodiscard]] std::string header(std::string_view name) const {
        return std::string(headers.get(name));
    }
};

class GatewayTest : public ::testing::Test {
  protected:
    GatewayTest() {
        keyring.put({.id = "AK", .secret = "SK", .account = AccountId("1000")});
        keyring.put({.id = "OTHER", .secret = "SK2", .account = AccountId("2000")});
        runtime::Executor::Scope scope(executor);
        EXPECT_TRUE(run(catalog.load()));
        objects = object::make_object_service(catalog, blobs, &keys);
        buckets = object::make_bucket_service(catalog, &keys);
        gateway.emplace(GatewayOptions(), *objects, *buckets, keyring);
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor, std::move(task));
    }

    [[nodiscard]] codec::UtcTime now() const { return executor.wall_now(); }

    [[nodiscard]] static http::Request make_request(const Ask& ask) {
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

    [[nodiscard]] protocol::V4Credential credential(std::string access_key) const {
        return {.access_key = std::move(access_key),
                .date = codec::format_basic_date(now()),
                .region = "us-east-1",
                .service = "s3",
                .terminator = "aws4_request"};
    }

    /// Adds date, payload hash (if the test gave none: that of `body`) and signature. Returns the
    /// signature.
    std::string sign(http::Request& request,
                     const std::string& key_id,
                     std::string_view body) const {
        const access::AccessKey key = keyring.find(key_id).value();
        request.headers.add("x-amz-date", codec::format_basic(now()));
        if (!request.headers.contains("x-amz-content-sha256")) {
            request.headers.add("x-amz-content-sha256",
                                codec::hex_lower(crypto::sha256(as_bytes(body)).bytes()));
        }
        std::vector<std::pair<std::string, std::string>> fields;
        for (const auto& [name, value] : request.headers.all()) {
            fields.emplace_back(codec::to_lower(name), protocol::canonical_header_value(value));
        }
        std::ranges::sort(fields);
        std::string canonical;
        std::vector<std::string> names;
        for (const auto& [name, value] : fields) {
            canonical += name + ":" + value + "\n";
            names.push_back(name);
        }
        const codec::Target target = codec::parse_target(request.target).value();
        const std::string text = fmt::format(
            "{}\n{}\n{}\n{}\n{}\n{}",
            request.method,
            codec::percent_encode_path(target.path),
            protocol::canonical_query(target.query, {}, protocol::EmptyValue::WithEquals),
            canonical,
            fmt::join(names, ";"),
            request.headers.get("x-amz-content-sha256"));
        const protocol::V4Credential scope = credential(key_id);
        const std::string signature = protocol::sign_v4(
            protocol::derive_v4_key("AWS4", key.secret, scope),
            protocol::v4_string_to_sign(
                kSigV4Algorithm, codec::format_basic(now()), scope.scope(), text));
        request.headers.add("Authorization",
                            fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                        kSigV4Algorithm,
                                        key_id,
                                        scope.scope(),
                                        fmt::join(names, ";"),
                                        signature));
        return signature;
    }

    Got send(http::Request request) {
        protocol::ParsedRequest parsed =
            protocol::parse_request(request, {}, protocol::Dialect::S3).value();
        parsed.now = now();
        parsed.request_id = "0123456789ABCDEF01234567";
        http::Response response = run(gateway->handle(request, std::move(parsed)));
        Got got{.status = response.status,
                .headers = std::move(response.headers),
                .body = std::move(response.text),
                .announced_size = response.announced_size};
        if (response.stream) {
            const Result<std::string> text =
                run(runtime::read_text(response.stream.get(), 64 * kMiB));
            EXPECT_TRUE(text);
            got.body = text.value_or("");
            EXPECT_EQ(got.body.size(), response.stream_size);
        }
        return got;
    }

    Got ask(const Ask& what, const std::string& key_id = "AK") {
        http::Request request = make_request(what);
        sign(request, key_id, what.body);
        return send(std::move(request));
    }

    Got ask_anonymously(const Ask& what) { return send(make_request(what)); }

    Got put(std::string key, std::string body, NamedValues headers = {}) {
        const Ask what{.method = "PUT",
                       .bucket = "bucket",
                       .key = std::move(key),
                       .headers = std::move(headers),
                       .body = std::move(body)};
        return ask(what);
    }

    Got get(std::string key, std::string query = {}, NamedValues headers = {}) {
        const Ask what{.bucket = "bucket",
                       .key = std::move(key),
                       .query = std::move(query),
                       .headers = std::move(headers)};
        return ask(what);
    }

    void make_bucket(std::string name = "bucket") {
        ASSERT_EQ(ask({.method = "PUT", .bucket = std::move(name)}).status, 200);
    }

    void set_versioning(const std::string& status) {
        const std::string body =
            "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>";
        const Ask what{.method = "PUT", .bucket = "bucket", .query = "versioning", .body = body};
        ASSERT_EQ(ask(what).status, 200);
    }

    runtime::SimExecutor executor{7, false};
    runtime::TaskGroup group;
    index::MemoryStore index;
    blob::MemoryBlobStore blobs;
    sealing::LocalKeys keys{sealing::make_test_keys("region")};
    catalog::Catalog catalog{index, {.region = "cn-hangzhou"}};
    access::Keyring keyring;
    std::unique_ptr<object::ObjectService> objects;
    std::unique_ptr<object::BucketService> buckets;
    std::optional<Gateway> gateway;
};

}  // namespace antipode::s3

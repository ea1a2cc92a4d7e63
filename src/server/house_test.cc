#include "server/house.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/request_signature.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/http_date.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "http/client.h"
#include "protocol/v4_signature.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/task_group.h"
#include "server/house_harness.h"
#include "telemetry/exposition_check.h"

namespace antipode::server {
namespace {

using testing::HasSubstr;

/// A whole server on a free port, with engines that keep nothing; requests as real clients sign
/// them.
struct Serving : testing::Test {
    Serving() {
        const Result<void> started = runtime::run_to_end(threads.executor(0), house.start());
        EXPECT_TRUE(started.has_value()) << started.error().message;
        address = house.addresses().front();
    }

    ~Serving() override {
        runtime::run_to_end(threads.executor(0), house.stop());
        threads.stop();
    }

    http::ClientResponse send(http::ClientRequest request) {
        http::ClientOptions options;
        options.address = address;
        auto response = runtime::run_to_end(
            threads.executor(1),
            exchange(std::move(options), threads.network(1), std::move(request)));
        EXPECT_TRUE(response.has_value()) << response.error().message;
        return response ? std::move(*response) : http::ClientResponse{};
    }

    static http::ClientRequest request(std::string method,
                                       std::string target,
                                       std::string body = {}) {
        http::ClientRequest request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.text = std::move(body);
        return request;
    }

    /// OSS signature V1.
    http::ClientResponse oss(std::string method, std::string target, std::string body = {}) {
        http::ClientRequest signed_request =
            request(std::move(method), std::move(target), std::move(body));
        const std::string date = codec::format_http_date(threads.executor(0).wall_now());
        const std::string text =
            signed_request.method + "\n\n\n" + date + "\n" + signed_request.target;
        const crypto::Digest mac = crypto::hmac_sha1(as_bytes(kSecret), as_bytes(text));
        signed_request.headers.set("Date", date);
        signed_request.headers.set(
            "Authorization", "OSS " + std::string(kKey) + ":" + codec::base64_encode(mac.bytes()));
        return send(std::move(signed_request));
    }

    /// AWS Signature V4 with an unsigned payload; targets without a query.
    http::ClientResponse s3(std::string method, std::string target, std::string body = {}) {
        http::ClientRequest signed_request =
            request(std::move(method), std::move(target), std::move(body));
        const auto now = threads.executor(0).wall_now();
        const std::string date = codec::format_basic(now);
        protocol::V4Credential credential;
        credential.access_key = kKey;
        credential.date = codec::format_basic_date(now);
        credential.region = "cn-hangzhou";
        credential.service = "s3";
        credential.terminator = "aws4_request";
        const std::string canonical =
            signed_request.method + "\n" + signed_request.target + "\n\nhost:" + address +
            "\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:" + date +
            "\n\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD";
        const std::string text =
            protocol::v4_string_to_sign("AWS4-HMAC-SHA256", date, credential.scope(), canonical);
        const std::string signature =
            protocol::sign_v4(protocol::derive_v4_key("AWS4", kSecret, credential), text);
        signed_request.headers.set("Host", address);
        signed_request.headers.set("x-amz-date", date);
        signed_request.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        signed_request.headers.set(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=" + std::string(kKey) + "/" + credential.scope() +
                ",SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=" + signature);
        return send(std::move(signed_request));
    }

    http::ClientResponse admin(std::string method, std::string path) {
        http::ClientRequest signed_request = request(std::move(method), "/-/admin/v1/" + path);
        const std::string date = codec::format_basic(threads.executor(0).wall_now());
        const admin::SignedParts parts{.method = signed_request.method,
                                       .target = signed_request.target,
                                       .date = date,
                                       .body = {}};
        signed_request.headers.set(admin::kDateHeader, date);
        signed_request.headers.set("Authorization", admin::authorization(kKey, kSecret, parts));
        return send(std::move(signed_request));
    }

    runtime::IoThreads threads{2};
    House house{small_config(), threads};
    std::string address;
};

TEST_F(Serving, gives_through_one_dialect_what_was_put_through_the_other) {
    EXPECT_EQ(oss("PUT", "/pictures/").status, 200);
    EXPECT_EQ(oss("PUT", "/pictures/from-oss", "hello").status, 200);
    EXPECT_EQ(s3("PUT", "/pictures/from-s3", "world").status, 200);

    EXPECT_EQ(s3("GET", "/pictures/from-oss").text, "hello");
    EXPECT_EQ(oss("GET", "/pictures/from-s3").text, "world");
    EXPECT_EQ(oss("GET", "/pictures/none").status, 404);
    EXPECT_THAT(admin("GET", "buckets").text, HasSubstr(R"("name":"pictures")"));
    EXPECT_THAT(admin("GET", "usage").text, HasSubstr(R"("objects":2,"bytes":10)"));
}

TEST_F(Serving, is_ready_and_shows_what_it_does) {
    EXPECT_EQ(send(request("GET", "/-/health/live")).status, 200);
    EXPECT_EQ(send(request("GET", "/-/health/ready")).status, 200);
    EXPECT_EQ(oss("GET", "/nothing/").status, 404);

    const std::string page = send(request("GET", "/-/metrics")).text;
    EXPECT_THAT(page,
                HasSubstr(R"(antipode_requests_total{dialect="oss",method="GET",status="404"} 1)"));
    EXPECT_THAT(page, HasSubstr("process_resident_memory_bytes"));
    EXPECT_THAT(telemetry::testing::ExpositionCheck(page).findings(), testing::IsEmpty());
}

TEST_F(Serving, refuses_strangers) {
    EXPECT_EQ(send(request("GET", "/")).status, 403);
    EXPECT_EQ(send(request("GET", "/-/admin/v1/info")).status, 403);
    EXPECT_EQ(send(request("POST", "/-/peer/v1/apply", "x")).status, 403);
}

TEST_F(Serving, cannot_listen_where_another_server_does) {
    Config second = small_config();
    second.listen = {address};
    runtime::IoThreads own_threads(1);
    House house_of_second(std::move(second), own_threads);

    const Result<void> started =
        runtime::run_to_end(own_threads.executor(0), house_of_second.start());

    ASSERT_FALSE(started.has_value());
    EXPECT_THAT(started.error().message, HasSubstr(address));
    runtime::run_to_end(own_threads.executor(0), house_of_second.stop());
    own_threads.stop();
}

}  // namespace
}  // namespace antipode::server

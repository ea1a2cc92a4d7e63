#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/http_date.h"
#include "crypto/hmac.h"
#include "edge/front.h"
#include "http/server.h"
#include "server/edge_config.h"
#include "server/links_harness.h"

// A region and an edge of it, as processes have them: over TLS, with requests as clients sign them.
namespace antipode::server {
namespace {

using testing::HasSubstr;

struct Edged : Linked {
    Edged() {
        edge::FrontOptions options;
        options.regions.push_back({.region = "cn-hangzhou",
                                   .address = house->link_addresses().front(),
                                   .credentials = certified("edge-near"),
                                   .streams = 4});
        front.emplace(std::move(options), threads);
        http::ServerOptions server_options;
        server_options.listen = {"127.0.0.1:0"};
        edge_server.emplace(server_options, *front, threads);
        EXPECT_TRUE(edge_server->start());
        front->start();
    }

    ~Edged() override {
        runtime::run_to_end(threads.executor(0), edge_server->stop(std::chrono::seconds(0)));
        runtime::run_to_end(threads.executor(0), front->stop());
    }

    /// OSS signature V1 at the accelerate endpoint, over the edge.
    http::ClientResponse ask(std::string method,
                             const std::string& target,
                             std::string body = {},
                             std::string_view secret = kSecret) {
        const std::string host = "bucket.oss-accelerate.aliyuncs.com";
        return send(edge_server->addresses().front(),
                    signed_request(std::move(method), host, "/bucket", target, secret),
                    std::move(body));
    }

    /// The same at the region itself, in path style.
    http::ClientResponse ask_region(std::string method,
                                    const std::string& target,
                                    std::string body = {}) {
        const std::string address = house->addresses().front();
        return send(address,
                    signed_request(std::move(method), address, "", target, kSecret),
                    std::move(body));
    }

    void make_bucket(bool is_accelerated) {
        EXPECT_EQ(ask_region("PUT", "/bucket/").status, 200);
        if (is_accelerated) {
            EXPECT_EQ(ask_region("PUT",
                                 "/bucket/?transferAcceleration",
                                 "<TransferAccelerationConfiguration><Enabled>true</Enabled>"
                                 "</TransferAccelerationConfiguration>")
                          .status,
                      200);
        }
    }

    http::ClientRequest signed_request(std::string method,
                                       const std::string& host,
                                       const std::string& bucket,
                                       const std::string& target,
                                       std::string_view secret) {
        const std::string date = codec::format_http_date(threads.executor(0).wall_now());
        const std::string text = method + "\n\n\n" + date + "\n" + bucket + target;
        const crypto::Digest mac = crypto::hmac_sha1(as_bytes(secret), as_bytes(text));
        http::ClientRequest request;
        request.method = std::move(method);
        request.target = target;
        request.headers.set("Host", host);
        request.headers.set("Date", date);
        request.headers.set("Authorization",
                            "OSS " + std::string(kKey) + ":" + codec::base64_encode(mac.bytes()));
        return request;
    }

    http::ClientResponse send(const std::string& address,
                              http::ClientRequest request,
                              std::string body) {
        request.text = std::move(body);
        http::ClientOptions options;
        options.address = address;
        auto response = Linked::ask(std::move(options), std::move(request));
        EXPECT_TRUE(response.has_value()) << response.error().message;
        return response ? std::move(*response) : http::ClientResponse{};
    }

    std::optional<edge::Front> front;
    std::optional<http::Server> edge_server;
};

TEST_F(Edged, carries_requests_that_the_region_itself_checks) {
    make_bucket(true);
    const std::string large(3'000'000, 'x');

    EXPECT_EQ(ask("PUT", "/small", "hello").status, 200);
    EXPECT_EQ(ask("PUT", "/large", large).status, 200);
    EXPECT_EQ(ask("PUT", "/forged", "hello", "another secret").status, 403);

    EXPECT_EQ(ask_region("GET", "/bucket/small").text, "hello");
    EXPECT_TRUE(ask_region("GET", "/bucket/large").text == large);
    EXPECT_EQ(ask_region("GET", "/bucket/forged").status, 404);
    EXPECT_TRUE(ask("GET", "/large").text == large);
    EXPECT_EQ(ask("HEAD", "/large").headers.get("content-length"), "3000000");
    EXPECT_EQ(ask("DELETE", "/small").status, 204);
    EXPECT_EQ(ask_region("GET", "/bucket/small").status, 404);
}

TEST_F(Edged, serves_accelerated_buckets_only_and_nothing_of_the_server_s_own) {
    make_bucket(false);

    const http::ClientResponse refused = ask("PUT", "/small", "hello");
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.text, HasSubstr("<Code>TransferAccelerationDisabled</Code>"));
    EXPECT_THAT(ask("GET", "/-/admin/v1/info").text, HasSubstr("TransferAccelerationDisabled"));
    EXPECT_THAT(ask("GET", "/-/peer/v1/targets").text, HasSubstr("TransferAccelerationDisabled"));
}

TEST_F(Edged, shows_what_edges_bring_in_the_metrics_of_the_region) {
    make_bucket(true);
    ask("PUT", "/small", "hello");

    http::ClientRequest asking = request("/-/metrics");
    asking.method = "GET";
    EXPECT_THAT(send(house->addresses().front(), std::move(asking), {}).text,
                HasSubstr(R"(antipode_requests_total{dialect="oss",method="PUT",status="200"} 3)"));
}

Result<EdgeConfig> read(std::vector<std::string> arguments) {
    auto given = read_edge_arguments(std::move(arguments));
    if (!given) {
        return fail(given.error());
    }
    return std::move(given->config);
}

TEST(EdgeConfig, is_what_the_arguments_say) {
    const auto config = read({"--listen",
                              "[::1]:9300",
                              "--region",
                              "cn-beijing=10.0.0.2:9443",
                              "--region=us-west-1=far.example.com:9443",
                              "--link-directory",
                              "link/edge-near",
                              "--domain",
                              "fast.example.com",
                              "--streams",
                              "8",
                              "--buffer",
                              "1GiB"});

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_THAT(config->listen, testing::ElementsAre("[::1]:9300"));
    ASSERT_EQ(config->regions.size(), 2U);
    EXPECT_EQ(config->regions[1].name, "us-west-1");
    EXPECT_EQ(config->regions[1].address, "far.example.com:9443");
    EXPECT_EQ(config->streams, 8U);
    EXPECT_EQ(config->buffer_bytes_max, kGiB);
}

TEST(EdgeConfig, refuses_what_cannot_be_in_one_sentence) {
    const std::pair<std::vector<std::string>, const char*> cases[] = {
        {{}, "--region is missing"},
        {{"--region", "cn-beijing"}, "NAME=HOST:PORT"},
        {{"--region", "Beijing=h:1"}, "not a region id"},
        {{"--region", "edge-near=h:1"}, "not a region id"},
        {{"--region", "cn-beijing=h"}, "not an address"},
        {{"--region", "cn-beijing=h:1", "--region", "cn-beijing=h:2"}, "named twice"},
        {{"--region", "cn-beijing=h:1"}, "--link-directory is missing"},
        {{"--region", "cn-beijing=h:1", "--link-directory", "d", "--listen", "x"}, "--listen"},
        {{"--region", "cn-beijing=h:1", "--link-directory", "d", "--buffer", "7"}, "--buffer"},
        {{"--region", "cn-beijing=h:1", "--link-directory", "d", "--streams", "0"}, "--streams"},
        {{"--region", "cn-beijing=h:1", "--link-directory", "d", "--tls-key", "k"}, "--tls-cert"},
        {{"--regio", "cn-beijing=h:1"}, "the nearest is --region"},
        {{"upload"}, "takes no argument 'upload'"},
    };
    for (const auto& [arguments, words] : cases) {
        const auto config = read(arguments);
        ASSERT_FALSE(config) << words;
        EXPECT_THAT(config.error().message, HasSubstr(words));
    }
}

}  // namespace
}  // namespace antipode::server

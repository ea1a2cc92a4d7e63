#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "crypto/hmac.h"
#include "http/client.h"
#include "replication/link_auth.h"
#include "runtime/file_system.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/temporary_directory.h"
#include "runtime/wall_clock.h"
#include "server/house.h"
#include "server/house_harness.h"

// Who is answered where when links are by certificate.
namespace antipode::server {
namespace {

crypto::Validity valid(std::int64_t from_hours, std::int64_t until_hours) {
    const std::int64_t now = runtime::wall_now().time_since_epoch().count() / 1000;
    return {.from = now + (from_hours * 3600), .until = now + (until_hours * 3600)};
}

crypto::CertifiedKey new_authority() {
    return crypto::make_authority("a link", valid(-2, 2)).value();
}

/// cn-hangzhou, with a port for its links.
struct Linked : testing::Test {
    Linked() {
        write("own", crypto::issue(authority, "cn-hangzhou", valid(-1, 1)).value());
        Config config = small_config();
        config.link_directory = directory / "own";
        config.link_listen = {"127.0.0.1:0"};
        house.emplace(std::move(config), threads);
        const Result<void> started = runtime::run_to_end(threads.executor(0), house->start());
        EXPECT_TRUE(started.has_value()) << started.error().message;
    }

    ~Linked() override {
        runtime::run_to_end(threads.executor(0), house->stop());
        threads.stop();
    }

    /// A folder as `admin link create` makes it.
    runtime::LinkTls write(const std::string& name, const crypto::CertifiedKey& pair) {
        const auto files = runtime::make_posix_file_system();
        const std::string folder = directory / name;
        EXPECT_TRUE(files->create_directories(folder));
        EXPECT_TRUE(files->write_file_atomically(folder + "/key.pem", pair.key));
        EXPECT_TRUE(files->write_file_atomically(folder + "/certificate.pem", pair.certificate));
        EXPECT_TRUE(files->write_file_atomically(folder + "/trusted.pem", authority.certificate));
        return {.own = {.certificate_file = folder + "/certificate.pem",
                        .key_file = folder + "/key.pem"},
                .trusted_file = folder + "/trusted.pem"};
    }

    runtime::LinkTls beijing() {
        return write("beijing", crypto::issue(authority, "cn-beijing", valid(-1, 1)).value());
    }

    static http::ClientRequest request(std::string target) {
        http::ClientRequest request;
        request.method = "POST";
        request.target = std::move(target);
        return request;
    }

    Result<http::ClientResponse> ask(http::ClientOptions options, http::ClientRequest request) {
        return runtime::run_to_end(
            threads.executor(1),
            exchange(std::move(options), threads.network(1), std::move(request)));
    }

    /// At the port of the clients; -1: no answer.
    int status_at_front(http::ClientRequest request) {
        http::ClientOptions options;
        options.address = house->addresses().front();
        const auto response = ask(std::move(options), std::move(request));
        return response ? response->status : -1;
    }

    int status_at_links(const runtime::LinkTls& shown, http::ClientRequest request) {
        http::ClientOptions options;
        options.address = house->link_addresses().front();
        options.connect.tls = true;
        options.connect.credentials = shown;
        options.connect.peer_name = "cn-hangzhou";
        const auto response = ask(std::move(options), std::move(request));
        return response ? response->status : -1;
    }

    runtime::TemporaryDirectory directory;
    crypto::CertifiedKey authority = new_authority();
    runtime::IoThreads threads{2};
    std::optional<House> house;
};

constexpr const char* kAsk = "/-/peer/v1/targets?bucket=none";

TEST_F(Linked, answers_peers_with_a_certificate_of_the_link) {
    EXPECT_EQ(status_at_links(beijing(), request(kAsk)), 200);
}

TEST_F(Linked, answers_no_peer_at_the_port_of_the_clients_whatever_they_show) {
    const replication::LinkSecret derived{
        .bytes =
            to_string(crypto::hmac_sha256(as_bytes(kSecret), as_bytes("antipode link")).bytes())};
    for (const char* const what :
         {"apply", "announce", "rule", "bucket", "targets", "chunks", "chunk", "totals", "items"}) {
        for (const char* const method : {"POST", "PUT", "GET"}) {
            http::ClientRequest forged = request(std::string("/-/peer/v1/") + what);
            forged.method = method;
            replication::sign(derived,
                              forged.method,
                              forged.target,
                              "cn-beijing",
                              runtime::wall_now().time_since_epoch().count(),
                              replication::content_hash(""),
                              forged.headers);
            EXPECT_EQ(status_at_front(std::move(forged)), 403) << method << " " << what;
        }
    }
}

TEST_F(Linked, refuses_who_has_no_valid_certificate_of_the_link) {
    const crypto::CertifiedKey other = new_authority();
    const auto foreign = crypto::issue(other, "cn-beijing", valid(-1, 1)).value();
    const auto ended = crypto::issue(authority, "cn-beijing", valid(-2, -1)).value();

    EXPECT_EQ(status_at_links(write("foreign", foreign), request(kAsk)), -1);
    EXPECT_EQ(status_at_links(write("ended", ended), request(kAsk)), -1);
    EXPECT_EQ(status_at_links(runtime::LinkTls{}, request(kAsk)), -1);
}

TEST_F(Linked, refuses_a_region_that_claims_to_be_another) {
    http::ClientRequest claiming = request(kAsk);
    claiming.headers.set("x-antipode-region", "cn-shanghai");
    EXPECT_EQ(status_at_links(beijing(), std::move(claiming)), 403);

    http::ClientRequest of_another = request(
        "/-/peer/v1/chunk?source=cn-shanghai&source-bucket=b&bucket=b&rule=r&epoch=1&transfer=t");
    of_another.method = "PUT";
    EXPECT_EQ(status_at_links(beijing(), std::move(of_another)), 403);
}

TEST_F(Linked, answers_nothing_but_the_peer_protocol_at_the_port_of_the_links) {
    for (const char* const target : {"/", "/bucket/key", "/-/admin/v1/info", "/-/metrics"}) {
        EXPECT_EQ(status_at_links(beijing(), request(target)), 404) << target;
    }
}

TEST_F(Linked, answers_every_request_while_certificates_are_replaced) {
    const runtime::LinkTls shown = beijing();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(status_at_links(shown, request(kAsk)), 200);
        write("own", crypto::issue(authority, "cn-hangzhou", valid(-1, 1)).value());
        EXPECT_EQ(status_at_links(shown, request(kAsk)), 200);
        beijing();
    }
}

}  // namespace
}  // namespace antipode::server

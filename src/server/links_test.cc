#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/hmac.h"
#include "replication/link_auth.h"
#include "server/links_harness.h"

// Who is answered where when links are by certificate.
namespace antipode::server {
namespace {

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

TEST_F(Linked, answers_edges_in_their_protocol_and_in_no_other) {
    const runtime::LinkTls edge = certified("edge-near");

    EXPECT_EQ(status_at_links(edge, request("/-/edge/v1/ping")), 200);
    for (const char* const target : {kAsk, "/-/peer/v1/items?bucket=b", "/", "/-/admin/v1/info"}) {
        EXPECT_EQ(status_at_links(edge, request(target)), 404) << target;
    }
    EXPECT_EQ(status_at_links(beijing(), request("/-/edge/v1/ping")), 404) << "a region is no edge";
    EXPECT_EQ(status_at_links(runtime::LinkTls{}, request("/-/edge/v1/ping")), -1);
    EXPECT_EQ(status_at_front(request("/-/edge/v1/ping")), 404);
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

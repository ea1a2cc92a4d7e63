#pragma once

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "http/client.h"
#include "runtime/file_system.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/temporary_directory.h"
#include "runtime/wall_clock.h"
#include "server/house.h"
#include "server/house_harness.h"

// What tests of links and edges share: a server with a port for those who show a certificate.
namespace antipode::server {

inline crypto::Validity valid(std::int64_t from_hours, std::int64_t until_hours) {
    const std::int64_t now = runtime::wall_now().time_since_epoch().count() / 1000;
    return {.from = now + (from_hours * 3600), .until = now + (until_hours * 3600)};
}

inline crypto::CertifiedKey new_authority() {
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

    runtime::LinkTls certified(const std::string& name) {
        return write(name, crypto::issue(authority, name, valid(-1, 1)).value());
    }

    runtime::LinkTls beijing() { return certified("cn-beijing"); }

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

}  // namespace antipode::server

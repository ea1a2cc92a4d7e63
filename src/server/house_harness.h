#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "http/client.h"
#include "server/config.h"

// What tests of a whole server share.
namespace antipode::server {

inline constexpr std::string_view kKey = "demo";
inline constexpr std::string_view kSecret = "demo-secret";

/// cn-hangzhou on a free port, with engines that keep nothing.
inline Config small_config() {
    Config config;
    config.region = "cn-hangzhou";
    config.engine = Engine::Memory;
    config.listen = {"127.0.0.1:0"};
    config.root = admin::RootKey{.access_key = std::string(kKey), .secret = std::string(kSecret)};
    return config;
}

/// On a connection of its own.
inline Task<Result<http::ClientResponse>> exchange(http::ClientOptions options,
                                                   runtime::Network& network,
                                                   http::ClientRequest request) {
    http::Client client(std::move(options), network);
    auto response = co_await client.call(std::move(request));
    client.close();
    co_return response;
}

}  // namespace antipode::server

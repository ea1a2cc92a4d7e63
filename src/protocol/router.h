#pragma once

#include "base/result.h"
#include "http/message.h"
#include "protocol/parsed_request.h"
#include "protocol/request_id.h"
#include "protocol/virtual_host.h"
#include "runtime/task.h"

namespace antipode::protocol {

/// One dialect's face: s3::Gateway and oss::Gateway. Threads: any executor, many requests at once.
class Gateway {
  public:
    Gateway() = default;
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;
    virtual ~Gateway() = default;

    /// Always answers; errors are answers too. `request` lives until the response has been sent.
    virtual Task<http::Response> handle(http::Request& request, ParsedRequest parsed) = 0;
    /// The answer to a request whose head could not be taken apart.
    virtual http::Response refuse(const http::Request& request,
                                  const Error& error,
                                  const std::string& request_id) = 0;
};

/// Reads which dialect a request speaks, takes its head apart and passes it on.
class Router final : public http::Handler {
  public:
    struct Options {
        VirtualHosts hosts;
        Dialect fallback = Dialect::Oss;
        /// Whatever Host says, requests were sent to an accelerate endpoint.
        bool is_accelerate_endpoint = false;
    };

    Router(Options options, Gateway& oss, Gateway& s3, std::uint64_t request_id_salt = 0);

    Task<http::Response> handle(http::Request& request) override;

  private:
    Options options_;
    Gateway& oss_;
    Gateway& s3_;
    RequestIds request_ids_;
};

}  // namespace antipode::protocol

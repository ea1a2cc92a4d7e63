#pragma once

#include <string>

#include "access/keyring.h"
#include "oss/exchange.h"
#include "protocol/router.h"
#include "protocol/v4_signature.h"

namespace antipode::oss {

/// OSS's face: checks the signature, finds the verb, answers in OSS's words. Knows no storage.
class Gateway final : public protocol::Gateway {
  public:
    Gateway(Services services, const access::Keyring& keyring);

    Task<http::Response> handle(http::Request& request, protocol::ParsedRequest parsed) override;
    http::Response refuse(const http::Request& request,
                          const Error& error,
                          const std::string& request_id) override;

  private:
    Task<Result<http::Response>> answer(Exchange& x);

    Services services_;
    const access::Keyring& keyring_;
    protocol::SigningKeys signing_keys_;
};

}  // namespace antipode::oss

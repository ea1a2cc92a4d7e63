#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "bench/load/options.h"
#include "crypto/digest.h"

namespace antipode::bench {

/// Signs as a client does, with AWS SigV4 or OSS V4 in the Authorization header. Written apart from
/// the server's verifier on purpose: the two check each other. One thread at a time; keeps the
/// day's signing key.
class Signer {
  public:
    struct Credential {
        Dialect dialect = Dialect::S3;
        std::string region;
        std::string access_key;
        std::string secret_key;
    };

    struct Request {
        std::string_view method;
        std::string_view host;
        std::string_view path;          ///< Percent-encoded as sent, path style: "/bucket/key".
        std::string_view query;         ///< Encoded, sorted by name.
        std::string_view payload_hash;  ///< Hex SHA-256 of the body, or UNSIGNED-PAYLOAD.
        std::time_t time = 0;
    };

    explicit Signer(Credential credential);

    /// Appends the headers of the signature, each ending in CRLF. Without an access key: nothing.
    void append_headers(const Request& request, std::string& head);

  private:
    void turn_clock_to(std::time_t time);

    Credential credential_;
    std::time_t time_ = -1;
    std::string date_;   ///< 20240102T030405Z
    std::string scope_;  ///< 20240102/region/s3/aws4_request
    crypto::Digest signing_key_;
};

}  // namespace antipode::bench

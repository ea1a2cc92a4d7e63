#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "codec/uri.h"
#include "crypto/digest.h"

/// What AWS SigV4 and OSS V4 have in common: the scope, the derived key, the canonical query.
namespace antipode::protocol {

/// "<access key>/<yyyymmdd>/<region>/<service>/<terminator>"
struct V4Credential {
    std::string access_key;  ///< May itself contain '/'.
    std::string date;        ///< Eight digits.
    std::string region;
    std::string service;     ///< "s3", "oss"
    std::string terminator;  ///< "aws4_request", "aliyun_v4_request"

    /// "<date>/<region>/<service>/<terminator>"
    [[nodiscard]] std::string scope() const;
};

/// InvalidArgument when there are fewer than five parts or the date is not eight digits.
[[nodiscard]] Result<V4Credential> parse_v4_credential(std::string_view text);

/// Four HMACs from the secret to the key that signs one day's requests. `secret_prefix` is "AWS4"
/// or "aliyun_v4".
[[nodiscard]] crypto::Digest derive_v4_key(std::string_view secret_prefix,
                                           std::string_view secret,
                                           const V4Credential& credential);

/// Derived keys of the secrets in use: saves four of the five HMACs of a request. Bounded. Threads:
/// any.
class SigningKeys {
  public:
    static constexpr std::size_t kKeysMax = 4096;

    [[nodiscard]] crypto::Digest find_or_derive(std::string_view secret_prefix,
                                                std::string_view secret,
                                                const V4Credential& credential);

  private:
    std::mutex mutex_;
    std::unordered_map<std::string, crypto::Digest> keys_;
};

/// Lower-case hex HMAC-SHA256(key, text).
[[nodiscard]] std::string sign_v4(const crypto::Digest& key, std::string_view text);

/// "<algorithm>\n<time>\n<scope>\n<hex sha256 of the canonical request>"
[[nodiscard]] std::string v4_string_to_sign(std::string_view algorithm,
                                            std::string_view time,
                                            std::string_view scope,
                                            std::string_view canonical_request);

enum class EmptyValue : std::uint8_t {
    WithEquals,  ///< "acl=" (AWS)
    BareName,    ///< "acl" (OSS)
};

/// All parameters but `without`, encoded, sorted by encoded name, then value.
[[nodiscard]] std::string canonical_query(const codec::Query& query,
                                          std::string_view without,
                                          EmptyValue empty_value);

/// Trimmed, inner runs of spaces made one.
[[nodiscard]] std::string canonical_header_value(std::string_view value);

}  // namespace antipode::protocol

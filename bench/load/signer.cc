#include "bench/load/signer.h"

#include <iterator>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/hex.h"
#include "crypto/hmac.h"

namespace antipode::bench {

namespace {

struct Words {
    std::string_view algorithm;
    std::string_view key_prefix;
    std::string_view service;
    std::string_view terminator;
};

constexpr Words kS3{.algorithm = "AWS4-HMAC-SHA256",
                    .key_prefix = "AWS4",
                    .service = "s3",
                    .terminator = "aws4_request"};
constexpr Words kOss{.algorithm = "OSS4-HMAC-SHA256",
                     .key_prefix = "aliyun_v4",
                     .service = "oss",
                     .terminator = "aliyun_v4_request"};

const Words& words_of(Dialect dialect) {
    return dialect == Dialect::S3 ? kS3 : kOss;
}

}  // namespace

Signer::Signer(Credential credential) : credential_(std::move(credential)) {}

void Signer::turn_clock_to(std::time_t time) {
    if (time == time_) {
        return;
    }
    time_ = time;
    date_ = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(time));
    const Words& words = words_of(credential_.dialect);
    std::string scope = fmt::format(
        "{}/{}/{}/{}", date_.substr(0, 8), credential_.region, words.service, words.terminator);
    if (scope == scope_) {
        return;
    }
    scope_ = std::move(scope);
    const std::string secret = fmt::format("{}{}", words.key_prefix, credential_.secret_key);
    const auto of_day =
        crypto::hmac_sha256(as_bytes(secret), as_bytes(std::string_view(date_).substr(0, 8)));
    const auto of_region = crypto::hmac_sha256(of_day.bytes(), as_bytes(credential_.region));
    const auto of_service = crypto::hmac_sha256(of_region.bytes(), as_bytes(words.service));
    signing_key_ = crypto::hmac_sha256(of_service.bytes(), as_bytes(words.terminator));
}

void Signer::append_headers(const Request& request, std::string& head) {
    if (credential_.access_key.empty()) {
        return;
    }
    turn_clock_to(request.time);
    const bool s3 = credential_.dialect == Dialect::S3;
    fmt::memory_buffer canonical;
    auto out = std::back_inserter(canonical);
    fmt::format_to(out, "{}\n{}\n{}\n", request.method, request.path, request.query);
    if (s3) {
        fmt::format_to(out,
                       "host:{}\nx-amz-content-sha256:{}\nx-amz-date:{}\n\nhost;x-amz-content-"
                       "sha256;x-amz-date\n{}",
                       request.host,
                       request.payload_hash,
                       date_,
                       request.payload_hash);
    } else {
        fmt::format_to(out,
                       "x-oss-content-sha256:{}\nx-oss-date:{}\n\n\n{}",
                       request.payload_hash,
                       date_,
                       request.payload_hash);
    }
    const auto hash =
        crypto::sha256(as_bytes(std::string_view(canonical.data(), canonical.size())));
    const std::string_view algorithm = words_of(credential_.dialect).algorithm;
    const std::string to_sign =
        fmt::format("{}\n{}\n{}\n{}", algorithm, date_, scope_, codec::hex_lower(hash.bytes()));
    const auto signature = crypto::hmac_sha256(signing_key_.bytes(), as_bytes(to_sign));
    const std::string_view vendor = s3 ? "amz" : "oss";
    fmt::format_to(std::back_inserter(head),
                   "x-{}-content-sha256: {}\r\nx-{}-date: {}\r\nAuthorization: {} "
                   "Credential={}/{}{}, Signature={}\r\n",
                   vendor,
                   request.payload_hash,
                   vendor,
                   date_,
                   algorithm,
                   credential_.access_key,
                   scope_,
                   s3 ? ", SignedHeaders=host;x-amz-content-sha256;x-amz-date" : "",
                   codec::hex_lower(signature.bytes()));
}

}  // namespace antipode::bench

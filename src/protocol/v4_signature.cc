#include "protocol/v4_signature.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/hex.h"
#include "crypto/hmac.h"

namespace antipode::protocol {

std::string V4Credential::scope() const {
    return fmt::format("{}/{}/{}/{}", date, region, service, terminator);
}

Result<V4Credential> parse_v4_credential(std::string_view text) {
    std::array<std::string, 4> tail;
    for (std::size_t i = tail.size(); i-- > 0;) {
        const std::size_t slash = text.rfind('/');
        if (slash == std::string_view::npos) {
            return fail(ErrorCode::InvalidArgument, "The credential has too few parts.");
        }
        tail[i] = text.substr(slash + 1);
        text = text.substr(0, slash);
    }
    const bool is_date = tail[0].size() == 8 &&
                         std::ranges::all_of(tail[0], [](char c) { return c >= '0' && c <= '9'; });
    if (text.empty() || !is_date) {
        return fail(ErrorCode::InvalidArgument,
                    "The credential has no access key or a wrong date.");
    }
    return V4Credential{.access_key = std::string(text),
                        .date = std::move(tail[0]),
                        .region = std::move(tail[1]),
                        .service = std::move(tail[2]),
                        .terminator = std::move(tail[3])};
}

crypto::Digest derive_v4_key(std::string_view secret_prefix,
                             std::string_view secret,
                             const V4Credential& credential) {
    const std::string first = fmt::format("{}{}", secret_prefix, secret);
    crypto::Digest key = crypto::hmac_sha256(as_bytes(first), as_bytes(credential.date));
    for (const std::string* part :
         {&credential.region, &credential.service, &credential.terminator}) {
        key = crypto::hmac_sha256(key.bytes(), as_bytes(*part));
    }
    return key;
}

crypto::Digest SigningKeys::find_or_derive(std::string_view secret_prefix,
                                           std::string_view secret,
                                           const V4Credential& credential) {
    // The secret is part of the name, so that a key replaced under the same id is never used.
    const std::string name = fmt::format("{}\n{}\n{}", secret_prefix, secret, credential.scope());
    {
        const std::scoped_lock lock(mutex_);
        if (const auto found = keys_.find(name); found != keys_.end()) {
            return found->second;
        }
    }
    const crypto::Digest key = derive_v4_key(secret_prefix, secret, credential);
    const std::scoped_lock lock(mutex_);
    if (keys_.size() >= kKeysMax) {
        keys_.clear();
    }
    keys_.emplace(name, key);
    return key;
}

std::string sign_v4(const crypto::Digest& key, std::string_view text) {
    return codec::hex_lower(crypto::hmac_sha256(key.bytes(), as_bytes(text)).bytes());
}

std::string v4_string_to_sign(std::string_view algorithm,
                              std::string_view time,
                              std::string_view scope,
                              std::string_view canonical_request) {
    const std::string hash = codec::hex_lower(crypto::sha256(as_bytes(canonical_request)).bytes());
    return fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope, hash);
}

std::string canonical_query(const codec::Query& query,
                            std::string_view without,
                            EmptyValue empty_value) {
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(query.all().size());
    for (const codec::QueryParameter& parameter : query.all()) {
        if (parameter.name != without) {
            pairs.emplace_back(codec::percent_encode(parameter.name),
                               codec::percent_encode(parameter.value));
        }
    }
    std::ranges::sort(pairs);
    std::string out;
    for (const auto& [name, value] : pairs) {
        out += out.empty() ? "" : "&";
        out += name;
        if (!value.empty() || empty_value == EmptyValue::WithEquals) {
            out += '=';
            out += value;
        }
    }
    return out;
}

std::string canonical_header_value(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const bool is_space = c == ' ' || c == '\t';
        if (is_space && (out.empty() || out.back() == ' ')) {
            continue;
        }
        out.push_back(is_space ? ' ' : c);
    }
    while (out.ends_with(' ')) {
        out.pop_back();
    }
    return out;
}

}  // namespace antipode::protocol

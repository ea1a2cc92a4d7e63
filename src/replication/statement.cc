#include "replication/statement.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/hex.h"
#include "codec/http_date.h"
#include "codec/uri.h"
#include "crypto/random_bytes.h"

namespace antipode::replication {

namespace {

constexpr std::string_view kSetting = "statement-key";

std::string show_time(std::int64_t ms) {
    return codec::format_iso8601(codec::UtcTime(std::chrono::milliseconds(ms)));
}

/// Keys may hold anything: encoded, so that no prefix can forge a line.
std::string show_prefixes(const ReplicationRule& rule) {
    std::string out;
    for (const std::string& prefix : rule.prefixes) {
        out += (out.empty() ? "" : ",") + codec::percent_encode(prefix);
    }
    return out.empty() ? "the whole bucket" : out;
}

}  // namespace

std::string statement_text(const std::string& source,
                           const ReplicationRule& rule,
                           const Verification& outcome,
                           std::int64_t made_ms,
                           const std::string& signer) {
    return fmt::format(
        "antipode statement 1\n"
        "source: {}\n"
        "destination: {}/{}\n"
        "rule: {}\n"
        "prefixes: {}\n"
        "result: identical\n"
        "as-of: {}\n"
        "made: {}\n"
        "versions: {}\n"
        "method: {}\n"
        "digest: {}\n"
        "signer: {}\n",
        source,
        rule.target_region,
        rule.target_bucket.str(),
        codec::percent_encode(rule.id),
        show_prefixes(rule),
        show_time(outcome.as_of_ms),
        show_time(made_ms),
        outcome.compared,
        outcome.by_set_digest ? "set digests" : "version by version",
        outcome.digest,
        signer);
}

Task<Result<crypto::Ed25519Seed>> StatementKey::get() {
    const auto held = co_await lock_.lock({});
    CO_TRY(auto stored, co_await catalog_.get_setting(std::string(kSetting)));
    if (!stored) {
        stored = codec::hex_lower(crypto::random_bytes(crypto::kEd25519KeyBytes));
        CO_TRY_VOID(co_await catalog_.put_setting(std::string(kSetting), stored));
    }
    const auto bytes = codec::hex_decode(*stored);
    crypto::Ed25519Seed seed{};
    if (!bytes || bytes->size() != seed.size()) {
        co_return fail(ErrorCode::Corrupt, "the region's key for statements cannot be read");
    }
    std::ranges::copy(*bytes, seed.begin());
    co_return seed;
}

std::string sign_statement(const crypto::Ed25519Seed& seed, std::string_view text) {
    return codec::hex_lower(crypto::ed25519_sign(seed, as_bytes(text)));
}

bool is_signed_by(std::string_view public_key, std::string_view text, std::string_view signature) {
    const auto key = codec::hex_decode(public_key);
    const auto bytes = codec::hex_decode(signature);
    return key && bytes && crypto::ed25519_verify(*key, as_bytes(text), *bytes);
}

}  // namespace antipode::replication

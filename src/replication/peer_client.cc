#include "replication/peer_client.h"

#include <charconv>

#include <fmt/format.h>

#include "base/record.h"
#include "catalog/row_format.h"
#include "codec/uri.h"
#include "replication/packing.h"

namespace antipode::replication {

namespace {

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

/// The receiver answers refusals with the code's number, so that both sides talk about the same
/// failure.
Error refusal(const http::ClientResponse& response) {
    const std::string_view number = response.headers.get("x-antipode-error");
    unsigned code = static_cast<unsigned>(ErrorCode::Unavailable);
    std::from_chars(number.data(), number.data() + number.size(), code);
    if (code > static_cast<unsigned>(ErrorCode::ObjectImmutable)) {
        code = static_cast<unsigned>(ErrorCode::Unavailable);
    }
    return {.code = static_cast<ErrorCode>(code),
            .message = fmt::format(
                "the peer answered {}: {}", response.status, response.text.substr(0, 500))};
}

http::ClientOptions options_for(const PeerAddress& peer) {
    http::ClientOptions options;
    options.address = peer.address;
    options.connect.tls = peer.tls;
    options.connect.credentials = peer.credentials;
    options.connect.peer_name = peer.region;
    options.connect.retries_each_second = true;
    options.connect.congestion = peer.congestion;
    options.connections_max = 224;  // A long line needs many; those not needed end by themselves.
    return options;
}

std::string rule_query(const RuleHeader& rule) {
    return fmt::format("source={}&source-bucket={}&bucket={}&rule={}&epoch={}",
                       codec::percent_encode(rule.source_region),
                       codec::percent_encode(rule.source_bucket),
                       codec::percent_encode(rule.target_bucket),
                       codec::percent_encode(rule.rule_id),
                       rule.epoch);
}

}  // namespace

PeerClient::PeerClient(PeerAddress peer,
                       std::string own_region,
                       const LinkSecret& secret,
                       runtime::Network& network)
    : peer_(std::move(peer)),
      own_region_(std::move(own_region)),
      secret_(secret),
      client_(options_for(peer_), network) {}

Task<Result<http::ClientResponse>> PeerClient::exchange(http::ClientRequest request,
                                                        std::uint64_t text_bytes_max) {
    if (peer_.local == nullptr) {
        co_return co_await client_.call(std::move(request), text_bytes_max);
    }
    http::Request asked;
    asked.method = std::move(request.method);
    asked.target = std::move(request.target);
    asked.peer_address = "127.0.0.1:0";
    asked.headers = std::move(request.headers);
    asked.content_length = request.stream ? request.stream_size : request.text.size();
    asked.body = request.stream ? std::move(request.stream)
                                : std::make_unique<runtime::MemorySource>(to_bytes(request.text));
    http::Response answer = co_await peer_.local->handle(asked);
    http::ClientResponse response;
    response.status = answer.status;
    response.headers = std::move(answer.headers);
    response.text = std::move(answer.text);
    co_return response;
}

/// No body: the target names a checksum of it.
void PeerClient::authenticate(http::ClientRequest& request,
                              std::optional<std::string_view> body) const {
    if (peer_.credentials.is_mutual()) {
        return;  // The connection says who we are.
    }
    sign(secret_,
         request.method,
         request.target,
         own_region_,
         now_ms(),
         body ? content_hash(*body) : std::string(kUnsignedContent),
         request.headers);
}

Task<Result<std::string>> PeerClient::call(std::string what, std::string body) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = std::string(kPeerPrefix) + what;
    authenticate(request, body);
    request.text = std::move(body);
    CO_TRY(http::ClientResponse response, co_await exchange(std::move(request), 64 * kMiB));
    if (response.status != 200) {
        co_return fail(refusal(response));
    }
    co_return std::move(response.text);
}

Task<Result<std::vector<OperationReply>>> PeerClient::apply(ApplyRequest request) {
    const std::size_t count = request.operations.size();
    Body body{.bytes = encode(request)};
    co_return co_await apply(std::move(body), count);
}

Task<Result<std::vector<OperationReply>>> PeerClient::apply(Body request, std::size_t count) {
    std::string what = "apply";
    if (request.is_packed) {
        what += fmt::format("?encoding={}&plain={}", kZstd, request.plain_bytes);
    }
    CO_TRY(const std::string answer, co_await call(std::move(what), std::move(request.bytes)));
    CO_TRY(auto replies, decode_replies(answer));
    if (replies.size() != count) {
        co_return fail(ErrorCode::Corrupt,
                       "the peer answered another number of operations than it was sent");
    }
    co_return replies;
}

Task<Result<void>> PeerClient::announce(Announcement announcement) {
    std::string body = encode(announcement);
    CO_TRY(const std::string answer, co_await call("announce", std::move(body)));
    CO_TRY(abilities_, decode_abilities(answer));
    co_return Result<void>{};
}

Task<Result<void>> PeerClient::send_notice(RuleNotice notice) {
    std::string body = encode(notice);
    CO_TRY(const std::string answer, co_await call("rule", std::move(body)));
    CO_TRY(abilities_, decode_abilities(answer));
    co_return Result<void>{};
}

Task<Result<BucketFacts>> PeerClient::bucket_facts(std::string bucket) {
    CO_TRY(const std::string answer,
           co_await call("bucket?bucket=" + codec::percent_encode(bucket), {}));
    co_return decode_bucket_facts(answer);
}

Task<Result<TransferState>> PeerClient::list_chunks(RuleHeader rule,
                                                    std::string transfer_id,
                                                    std::string basis_of) {
    std::string what = fmt::format("chunks?{}&transfer={}", rule_query(rule), transfer_id);
    CO_TRY(const std::string answer, co_await call(std::move(what), std::move(basis_of)));
    co_return decode_transfer_state(answer);
}

Task<Result<bool>> PeerClient::take_chunk(TakeRequest request) {
    std::string body = encode(request);
    CO_TRY(const std::string answer, co_await call("take", std::move(body)));
    co_return answer == kTaken;
}

Task<Result<void>> PeerClient::put_chunk(RuleHeader rule,
                                         std::string transfer_id,
                                         object::Chunk chunk,
                                         std::string replica_kms_key,
                                         std::unique_ptr<ByteSource> body,
                                         std::optional<std::uint64_t> packed_bytes) {
    http::ClientRequest request;
    request.method = "PUT";
    request.target = fmt::format("{}chunk?{}&transfer={}&number={}&size={}&crc64={}",
                                 kPeerPrefix,
                                 rule_query(rule),
                                 transfer_id,
                                 chunk.number,
                                 chunk.size_bytes,
                                 chunk.crc64);
    if (!chunk.encryption.is_none() || !replica_kms_key.empty()) {
        request.target += fmt::format("&encryption={}&kms-key={}&replica-key={}",
                                      static_cast<unsigned>(chunk.encryption.kind),
                                      codec::percent_encode(chunk.encryption.kms_key),
                                      codec::percent_encode(replica_kms_key));
    }
    if (packed_bytes) {
        request.target += fmt::format("&encoding={}", kZstd);
    }
    authenticate(request, std::nullopt);
    request.stream = std::move(body);
    request.stream_size = packed_bytes.value_or(chunk.size_bytes);
    CO_TRY(const http::ClientResponse response, co_await exchange(std::move(request), kMiB));
    if (response.status != 200) {
        co_return fail(refusal(response));
    }
    co_return Result<void>{};
}

Task<Result<PeerAbilities>> PeerClient::ask_abilities() {
    const auto answer = co_await call("abilities", {});
    if (!answer && answer.error().retryable()) {
        co_return fail(answer.error());
    }
    co_return answer ? decode_abilities(*answer) : PeerAbilities{};
}

Task<Result<std::string>> PeerClient::fetch_body(BodyRequest request) {
    const std::uint64_t wanted = request.range.size;
    std::string body = encode(request);
    CO_TRY(std::string answer, co_await call("body", std::move(body)));
    if (answer.size() != wanted) {
        co_return fail(ErrorCode::IncompleteBody,
                       "the peer answered another number of bytes than it was asked for");
    }
    co_return answer;
}

Task<Result<std::vector<TargetBucket>>> PeerClient::targets(std::string bucket) {
    CO_TRY(const std::string answer,
           co_await call("targets?bucket=" + codec::percent_encode(bucket), {}));
    co_return decode_targets(answer);
}

Task<Result<catalog::Totals>> PeerClient::totals(std::string bucket) {
    CO_TRY(const std::string answer,
           co_await call("totals?bucket=" + codec::percent_encode(bucket), {}));
    co_return catalog::decode_totals(answer);
}

Task<Result<ItemPage>> PeerClient::items(std::string bucket,
                                         std::string after_key,
                                         std::string after_version_id,
                                         std::size_t limit) {
    const std::string what = fmt::format("items?bucket={}&after-key={}&after-version={}&limit={}",
                                         codec::percent_encode(bucket),
                                         codec::percent_encode(after_key),
                                         codec::percent_encode(after_version_id),
                                         limit);
    CO_TRY(const std::string answer, co_await call(what, {}));
    co_return decode_item_page(answer);
}

}  // namespace antipode::replication

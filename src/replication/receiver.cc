#include "replication/receiver.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/mutant.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"
#include "codec/uri.h"
#include "replication/announced.h"
#include "replication/items.h"
#include "replication/packing.h"
#include "runtime/one_shot.h"
#include "runtime/read_text.h"
#include "runtime/task_group.h"

namespace antipode::replication {

namespace {

constexpr std::size_t kApplyAtOnce = 64;
constexpr PeerAbilities kAbilities{
    .unpacks_zstd = true, .reuses_chunks = true, .gives_bodies = true};

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

std::uint64_t number(const codec::Query& query, std::string_view name) {
    const std::string_view text = query.get(name);
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

RuleHeader rule_of(const codec::Query& query) {
    RuleHeader rule;
    rule.source_region = query.get("source");
    rule.source_bucket = query.get("source-bucket");
    rule.target_bucket = query.get("bucket");
    rule.rule_id = query.get("rule");
    rule.epoch = number(query, "epoch");
    return rule;
}

/// Of the body as it arrives.
Result<bool> is_packed(const codec::Query& query) {
    const std::string_view encoding = query.get("encoding");
    if (!encoding.empty() && encoding != kZstd) {
        return fail(ErrorCode::NotImplemented,
                    fmt::format("this region does not know the encoding '{}'", encoding));
    }
    return !encoding.empty();
}

/// It has been authenticated as it arrived.
Task<Result<std::string>> unpack_body(std::string body, std::uint64_t plain_bytes) {
    if (plain_bytes > kBodyBytesMax) {
        co_return fail(ErrorCode::EntityTooLarge, "the packed body says that it is too large");
    }
    auto packed = std::make_unique<runtime::MemorySource>(to_bytes(body));
    const auto plain = unpack(std::move(packed), plain_bytes);
    co_return co_await runtime::read_text(plain.get(), plain_bytes);
}

http::Response refused(const Error& error) {
    http::Response response;
    response.status = error.code == ErrorCode::AccessDenied ? 403 : error.retryable() ? 503 : 409;
    response.headers.set("x-antipode-error", fmt::format("{}", static_cast<unsigned>(error.code)));
    response.text = error.message;
    return response;
}

bool is_of_pair(const IncomingRule& rule, const RuleHeader& header) {
    return rule.source_region == header.source_region &&
           rule.source_bucket.str() == header.source_bucket;
}

/// Everything of the pair below it is closed for good.
std::uint64_t floor_of(const std::vector<IncomingRule>& rules, const RuleHeader& header) {
    std::uint64_t floor = 0;
    for (const IncomingRule& rule : rules) {
        if (is_of_pair(rule, header)) {
            floor = std::max(floor, rule.floor);
        }
    }
    return floor;
}

template <typename Rules>
auto find_incoming(Rules& rules, const RuleHeader& header) {
    return std::ranges::find_if(rules, [&header](const IncomingRule& rule) {
        return is_of_pair(rule, header) && rule.rule_id == header.rule_id;
    });
}

std::size_t count_live(const std::vector<IncomingRule>& rules) {
    return static_cast<std::size_t>(
        std::ranges::count_if(rules, [](const IncomingRule& rule) { return !rule.is_closed; }));
}

/// A message about what is over: an epoch below the floor, older than the one known, or one that
/// was closed.
bool is_stale(const std::vector<IncomingRule>& rules, const RuleNotice& notice) {
    const std::uint64_t told = notice.is_closing ? 0 : notice.floor;
    if (notice.rule.epoch < std::max(floor_of(rules, notice.rule), told)) {
        return true;
    }
    const auto found = find_incoming(rules, notice.rule);
    return found != rules.end() &&
           (notice.rule.epoch < found->epoch ||
            (notice.rule.epoch == found->epoch && found->is_closed && !notice.is_closing));
}

std::vector<TargetBucket> targets_of(const catalog::OpenBucket* bucket) {
    std::vector<TargetBucket> out;
    if (bucket != nullptr) {
        for (const ReplicationRule& rule : bucket->config()->rules) {
            if (rule.status != ReplicationStatus::Closing) {
                out.push_back({.region = rule.target_region, .bucket = rule.target_bucket.str()});
            }
        }
    }
    return out;
}

/// The other direction of a two-way pair.
bool sends_back(const Bucket& bucket, const RuleHeader& header) {
    return std::ranges::any_of(bucket.rules, [&header](const ReplicationRule& rule) {
        return rule.target_region == header.source_region &&
               rule.target_bucket.str() == header.source_bucket &&
               rule.status != ReplicationStatus::Closing;
    });
}

/// A region speaks for its own rules only.
Result<void> check_own(const std::string& region, const RuleHeader& rule) {
    if (rule.source_region != region) {
        return fail(
            ErrorCode::AccessDenied,
            fmt::format("the region '{}' speaks for a rule of '{}'", region, rule.source_region));
    }
    return {};
}

/// Opens or closes a rule in the destination bucket's configuration.
Result<void> note_rule(Bucket& bucket, const RuleNotice& notice) {
    if (is_stale(bucket.incoming, notice)) {
        return fail(ErrorCode::Fenced, "a newer epoch of this rule is known here");
    }
    if (!notice.is_closing && bucket.versioning != notice.versioning) {
        return fail(ErrorCode::InvalidBucketStatus,
                    "the versioning states of the two buckets differ");
    }
    const std::uint64_t floor = std::max(floor_of(bucket.incoming, notice.rule), notice.floor);
    std::erase_if(bucket.incoming, [&notice, floor](const IncomingRule& rule) {
        return is_of_pair(rule, notice.rule) &&
               (rule.epoch < floor || rule.rule_id == notice.rule.rule_id);
    });
    if (!notice.is_closing && count_live(bucket.incoming) >= bucket.replication_quota()) {
        return fail(ErrorCode::TooManyIncomingReplication,
                    "the bucket is the destination of too many rules");
    }
    bucket.incoming.push_back({.source_region = notice.rule.source_region,
                               .source_bucket = BucketName(notice.rule.source_bucket),
                               .rule_id = notice.rule.rule_id,
                               .epoch = notice.rule.epoch,
                               .floor = floor,
                               .is_closed = notice.is_closing,
                               .is_accelerated = notice.wants_acceleration && !notice.is_closing});
    if (notice.wants_acceleration && !notice.is_closing) {
        bucket.transfer_acceleration = true;
        bucket.transfer_acceleration_was_set = true;
    }
    return {};
}

}  // namespace

Task<http::Response> Receiver::handle(http::Request& request) {
    auto text = co_await answer(request);
    if (!text) {
        co_return refused(text.error());
    }
    http::Response response;
    response.text = std::move(*text);
    co_return response;
}

Task<Result<std::string>> Receiver::answer(http::Request& request) {
    CO_TRY(const Authenticated sender, authenticate(secret_, request, now_ms()));
    CO_TRY(const codec::Target target, codec::parse_target(request.target));
    const std::string what = target.path.substr(std::min(kPeerPrefix.size(), target.path.size()));
    const codec::Query& query = target.query;
    CO_TRY(const bool packed, is_packed(query));
    if (what == "chunk") {
        object::Chunk chunk{
            .number = static_cast<std::uint32_t>(number(query, "number")),
            .size_bytes = number(query, "size"),
            .crc64 = number(query, "crc64"),
            .encryption = {.kind = static_cast<EncryptionKind>(number(query, "encryption")),
                           .kms_key = std::string(query.get("kms-key"))}};
        RuleHeader rule = rule_of(query);
        std::string transfer(query.get("transfer"));
        if (packed && chunk.size_bytes > kChunkBytes) {
            co_return fail(ErrorCode::EntityTooLarge, "the packed chunk says that it is too large");
        }
        if (packed) {
            request.body = unpack(std::move(request.body), chunk.size_bytes);
        }
        co_return co_await put_chunk(request,
                                     sender.region,
                                     std::move(rule),
                                     std::move(transfer),
                                     std::move(chunk),
                                     std::string(query.get("replica-key")));
    }
    CO_TRY(std::string body, co_await runtime::read_text(request.body.get(), kBodyBytesMax));
    if (!sender.is_body_protected &&
        content_hash(body) != request.headers.get("x-antipode-content-sha256")) {
        co_return fail(ErrorCode::AccessDenied, "the body is not the one that was signed");
    }
    if (packed) {
        CO_TRY(body, co_await unpack_body(std::move(body), number(query, "plain")));
    }
    if (what == "apply") {
        co_return co_await apply(sender.region, std::move(body));
    }
    if (what == "announce") {
        CO_TRY(Announcement announcement, decode_announcement(body));
        CO_TRY(const BucketPtr open, bucket_for(sender.region, announcement.rule));
        CO_TRY_VOID(
            co_await take_announcement(open->partition(), std::move(announcement), now_ms()));
        co_return encode(kAbilities);
    }
    if (what == "take") {
        CO_TRY(TakeRequest wanted, decode_take_request(body));
        co_return co_await take_chunk(sender.region, std::move(wanted));
    }
    if (what == "rule") {
        co_return co_await notice(sender.region, std::move(body));
    }
    if (what == "abilities") {
        co_return encode(kAbilities);
    }
    if (what == "body") {
        co_return co_await give_body(sender.region, std::move(body));
    }
    const BucketPtr bucket = catalog_.find_bucket(BucketName(std::string(query.get("bucket"))));
    if (what == "bucket") {
        BucketFacts facts{.exists = bucket != nullptr,
                          .owner = {},
                          .region = catalog_.region(),
                          .versioning = Versioning::Unversioned,
                          .incoming_rules = 0};
        if (bucket) {
            const auto config = bucket->config();
            facts.owner = config->owner.str();
            facts.versioning = config->versioning;
            facts.incoming_rules = count_live(config->incoming);
            facts.incoming_rules_max = config->replication_quota();
        }
        co_return encode(facts);
    }
    if (what == "targets") {
        co_return encode(targets_of(bucket.get()));
    }
    if (!bucket) {
        co_return fail(ErrorCode::NoSuchBucket, "the destination bucket does not exist");
    }
    if (what == "chunks") {
        CO_TRY(const BucketPtr open, bucket_for(sender.region, rule_of(query)));
        TransferState state;
        CO_TRY(state.there,
               co_await replicas_.list_chunks(open, std::string(query.get("transfer"))));
        if (!body.empty()) {
            CO_TRY(state.basis, co_await replicas_.list_basis(open, std::move(body)));
        }
        co_return encode(state);
    }
    if (what == "totals") {
        CO_TRY(const auto totals, co_await bucket->partition().totals());
        co_return catalog::encode(totals);
    }
    if (what == "items") {
        std::string after_key(query.get("after-key"));
        std::string after_version(query.get("after-version"));
        const std::size_t limit = std::min<std::size_t>(number(query, "limit"), 5000);
        co_return co_await items(bucket, std::move(after_key), std::move(after_version), limit);
    }
    co_return fail(ErrorCode::NotImplemented, "this region does not know the request: " + what);
}

Result<Receiver::BucketPtr> Receiver::bucket_for(const std::string& region,
                                                 const RuleHeader& rule) const {
    TRY_VOID(check_own(region, rule));
    const BucketPtr bucket = catalog_.find_bucket(BucketName(rule.target_bucket));
    if (!bucket) {
        return fail(ErrorCode::NoSuchBucket, "the destination bucket does not exist");
    }
    if (is_planted(Mutant::EpochNotChecked) || is_planted(Mutant::RemovalIsNotFenced)) {
        return bucket;
    }
    const auto config = bucket->config();
    const auto found = find_incoming(config->incoming, rule);
    if (found == config->incoming.end() || found->is_closed || found->epoch != rule.epoch) {
        return fail(ErrorCode::Fenced, "the rule is not open here at this epoch");
    }
    return bucket;
}

Task<Result<std::string>> Receiver::notice(std::string region, std::string body) {
    CO_TRY(const RuleNotice notice, decode_rule_notice(body));
    CO_TRY_VOID(check_own(region, notice.rule));
    const BucketPtr bucket = catalog_.find_bucket(BucketName(notice.rule.target_bucket));
    if (!bucket) {
        if (notice.is_closing) {
            co_return std::string();
        }
        co_return fail(ErrorCode::InvalidTargetBucket,
                       "The target bucket is invalid for bucket replication.");
    }
    if (!notice.is_closing && bucket->config()->owner.str() != notice.owner) {
        co_return fail(ErrorCode::InvalidTargetBucket,
                       "The target bucket is invalid for bucket replication.");
    }
    CO_TRY_VOID(co_await catalog_.change_bucket(
        *bucket, [&notice](Bucket& config) { return note_rule(config, notice); }));
    if (notice.is_closing) {
        CO_TRY_VOID(co_await forget_announced(bucket->partition(), notice.rule));
    }
    co_return encode(kAbilities);
}

namespace {

/// Shares the replies of operations that are applied side by side.
struct Applying {
    std::vector<OperationReply> replies;
    std::size_t next = 0;
    std::vector<Operation> operations;
};

}  // namespace

/// Replicas are not sent on (promise 8), but what a client changes of one is. It counts here only
/// if the version is here, or will come from where it was born. `is_pair`: what is born here goes
/// to the sender's bucket. Else it was born in another bucket of this region, and never comes.
Task<Result<object::ReplicaOutcome>> Receiver::belongs_here(BucketPtr bucket,
                                                            const ObjectVersion& version,
                                                            bool is_pair) {
    const auto config = bucket->config();
    const bool comes_from_origin =
        std::ranges::any_of(config->incoming, [&version](const IncomingRule& rule) {
            return !rule.is_closed && rule.source_region == version.order.origin;
        });
    const bool is_squashed = is_planted(Mutant::SquashDropsTheCreate);
    if ((comes_from_origin && !is_squashed) ||
        (is_pair && version.order.origin == catalog_.region())) {
        co_return object::ReplicaOutcome::Applied;
    }
    std::optional<catalog::StoredVersion> here;
    if (version.is_null) {
        CO_TRY(here, co_await catalog::find_null_version(bucket->partition(), version.key));
    } else {
        CO_TRY(here,
               co_await catalog::find_version(bucket->partition(), version.key, version.order));
    }
    co_return here ? object::ReplicaOutcome::Applied : object::ReplicaOutcome::Superseded;
}

namespace {

constexpr std::string_view kExcluded =
    "it would have to be encrypted with a KMS key, and the rule does not replicate such objects "
    "(SseKmsEncryptedObjects)";

constexpr std::string_view kRetained = "what it would overwrite or remove is under retention there";

/// From the source's encryption to that of the replica (docs/replication.md). False: it is
/// excluded.
bool choose_encryption(Operation& operation, const Bucket& bucket) {
    ObjectVersion& version = operation.version;
    if (version.is_delete_marker || version.type == ObjectType::Symlink) {
        version.encryption = {};
        return true;
    }
    auto chosen =
        replica_encryption(version.encryption, bucket.encryption, operation.replica_kms_key);
    if (chosen) {
        version.encryption = std::move(*chosen);
    }
    if (is_planted(Mutant::ReplicaInClear)) {
        version.encryption = {};
    }
    return chosen.has_value();
}

}  // namespace

Task<OperationReply> Receiver::apply_one(BucketPtr bucket,
                                         std::string source_region,
                                         Operation operation,
                                         bool is_pair) {
    Result<object::ReplicaOutcome> outcome = object::ReplicaOutcome::Applied;
    if (operation.kind == OperationKind::Update) {
        outcome = co_await belongs_here(bucket, operation.version, is_pair || operation.is_repair);
    }
    if (!outcome || outcome == object::ReplicaOutcome::Superseded) {
        // An update of what never comes here.
    } else if (operation.kind == OperationKind::Purge) {
        object::ReplicaPurge purge{.key = operation.version.key,
                                   .order = operation.version.order,
                                   .is_null = operation.version.is_null,
                                   .arrived_from = std::move(source_region)};
        outcome = co_await replicas_.purge(std::move(bucket), std::move(purge));
    } else if (!choose_encryption(operation, *bucket->config())) {
        outcome = object::ReplicaOutcome::Excluded;
    } else {
        object::ReplicaPut put{.version = std::move(operation.version),
                               .arrived_from = std::move(source_region),
                               .body = nullptr,
                               .transfer_id = std::move(operation.transfer_id),
                               .is_repair = operation.is_repair};
        if (operation.has_body) {
            put.body = std::make_unique<runtime::MemorySource>(to_bytes(operation.body));
        }
        outcome = co_await replicas_.put(std::move(bucket), std::move(put));
    }
    OperationReply reply;
    reply.is_ok = outcome.has_value();
    if (!outcome && outcome.error().code == ErrorCode::ObjectImmutable) {
        reply.is_ok = true;
        reply.outcome = object::ReplicaOutcome::Excluded;
        reply.reason = kRetained;
    } else if (outcome) {
        reply.outcome = *outcome;
        reply.reason = *outcome == object::ReplicaOutcome::Excluded ? kExcluded : "";
    } else {
        reply.code = outcome.error().code;
        reply.reason = outcome.error().message;
    }
    co_return reply;
}

Task<Result<std::string>> Receiver::apply(std::string region, std::string body) {
    CO_TRY(ApplyRequest request, decode_apply_request(body));
    CO_TRY(const BucketPtr bucket, bucket_for(region, request.rule));
    // Commits of one batch share log flushes when they are under way together.
    auto applying = std::make_shared<Applying>();
    applying->operations = std::move(request.operations);
    const bool is_pair = sends_back(*bucket->config(), request.rule);
    if (is_pair) {
        // A removal here is on its way to the source: nothing is mended against it.
        for (Operation& operation : applying->operations) {
            operation.is_repair = false;
        }
    }
    applying->replies.resize(applying->operations.size());
    runtime::TaskGroup workers;

    struct Worker {
        static Task<void> run(Receiver* self,
                              BucketPtr bucket,
                              std::string region,
                              std::shared_ptr<Applying> applying,
                              bool is_pair) {
            while (applying->next < applying->operations.size()) {
                const std::size_t mine = applying->next++;
                Operation operation = std::move(applying->operations[mine]);
                applying->replies[mine] =
                    co_await self->apply_one(bucket, region, std::move(operation), is_pair);
            }
        }
    };

    const std::size_t count = std::min(kApplyAtOnce, applying->operations.size());
    for (std::size_t i = 0; i < count; ++i) {
        workers.spawn(Worker::run(this, bucket, request.rule.source_region, applying, is_pair));
    }
    co_await workers.join();
    co_return encode(applying->replies);
}

namespace {

Result<void> check_chunk(const std::string& transfer_id, const object::Chunk& chunk) {
    if (transfer_id.empty() || transfer_id.size() > 128 || chunk.number == 0) {
        return fail(ErrorCode::InvalidArgument, "a chunk without a transfer or number");
    }
    return {};
}

/// How it is to be sealed here.
Result<Encryption> chunk_encryption(const catalog::OpenBucket& bucket,
                                    const object::Chunk& chunk,
                                    const std::string& replica_kms_key) {
    auto chosen =
        replica_encryption(chunk.encryption, bucket.config()->encryption, replica_kms_key);
    if (!chosen) {
        return fail(ErrorCode::OperationNotSupported, std::string(kExcluded));
    }
    return std::move(*chosen);
}

}  // namespace

Task<Result<std::string>> Receiver::put_chunk(http::Request& request,
                                              const std::string& region,
                                              RuleHeader rule,
                                              std::string transfer_id,
                                              object::Chunk chunk,
                                              std::string replica_kms_key) {
    CO_TRY(const BucketPtr bucket, bucket_for(region, rule));
    CO_TRY_VOID(check_chunk(transfer_id, chunk));
    CO_TRY(chunk.encryption, chunk_encryption(*bucket, chunk, replica_kms_key));
    CO_TRY_VOID(co_await replicas_.put_chunk(
        bucket, std::move(transfer_id), chunk, std::move(request.body)));
    co_return std::string();
}

Task<Result<std::string>> Receiver::take_chunk(const std::string& region, TakeRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(region, request.rule));
    CO_TRY_VOID(check_chunk(request.transfer_id, request.chunk));
    if (request.chunk.size_bytes > kChunkBytes) {
        co_return fail(ErrorCode::EntityTooLarge, "the chunk is too large");
    }
    CO_TRY(request.chunk.encryption,
           chunk_encryption(*bucket, request.chunk, request.replica_kms_key));
    CO_TRY(const bool is_taken,
           co_await replicas_.take_chunk(bucket,
                                         std::move(request.transfer_id),
                                         std::move(request.chunk),
                                         std::move(request.from)));
    co_return std::string(is_taken ? kTaken : "");
}

Task<Result<std::string>> Receiver::items(BucketPtr bucket,
                                          std::string after_key,
                                          std::string after_version,
                                          std::size_t limit) {
    CO_TRY(const ItemPage page,
           co_await list_items(
               bucket->partition(), std::move(after_key), std::move(after_version), limit));
    co_return encode(page);
}

}  // namespace antipode::replication

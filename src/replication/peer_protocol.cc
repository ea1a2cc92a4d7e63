#include "replication/peer_protocol.h"

#include <algorithm>

#include "base/record.h"
#include "catalog/row_format.h"

namespace antipode::replication {

namespace {

constexpr std::uint8_t kFormat = 1;
// Of an operation.
constexpr std::uint8_t kHasBody = 1;
constexpr std::uint8_t kIsRepair = 2;
constexpr std::uint8_t kHasEncryption = 4;
// Of a region.
constexpr std::uint64_t kUnpacksZstd = 1;
constexpr std::uint64_t kReusesChunks = 2;
constexpr std::uint64_t kGivesBodies = 4;

Result<RecordReader> open(std::string_view bytes) {
    RecordReader in(bytes);
    if (in.u8() != kFormat) {
        return fail(
            ErrorCode::InvalidRequest,
            "the other region speaks a version of the peer protocol that this one does not know");
    }
    return in;
}

/// Every element has at least one byte: a count is believed only as far as bytes are there.
std::uint64_t read_count(RecordReader& in) {
    return std::min<std::uint64_t>(in.varint(), in.rest().size());
}

void write_rule(RecordWriter& out, const RuleHeader& rule) {
    out.text(rule.source_region);
    out.text(rule.source_bucket);
    out.text(rule.target_bucket);
    out.text(rule.rule_id);
    out.varint(rule.epoch);
}

RuleHeader read_rule(RecordReader& in) {
    RuleHeader rule;
    rule.source_region = in.text();
    rule.source_bucket = in.text();
    rule.target_bucket = in.text();
    rule.rule_id = in.text();
    rule.epoch = in.varint();
    return rule;
}

void write_operation(RecordWriter& out, const Operation& operation) {
    out.u8(static_cast<std::uint8_t>(operation.kind));
    out.varint(operation.sequence);
    out.text(operation.version.key);
    catalog::write_version(out, operation.version);
    const bool has_encryption =
        !operation.version.encryption.is_none() || !operation.replica_kms_key.empty();
    out.u8(static_cast<std::uint8_t>((operation.has_body ? kHasBody : 0U) |
                                     (operation.is_repair ? kIsRepair : 0U) |
                                     (has_encryption ? kHasEncryption : 0U)));
    out.text(operation.body);
    out.text(operation.transfer_id);
    if (has_encryption) {
        catalog::write_encryption(out, operation.version.encryption);
        out.text(operation.replica_kms_key);
    }
}

Operation read_operation(RecordReader& in) {
    Operation operation;
    operation.kind = static_cast<OperationKind>(in.u8());
    operation.sequence = in.varint();
    std::string key(in.text());
    operation.version = catalog::read_version(in);
    operation.version.key = std::move(key);
    const std::uint8_t flags = in.u8();
    operation.has_body = (flags & kHasBody) != 0;
    operation.is_repair = (flags & kIsRepair) != 0;
    operation.body = in.text();
    operation.transfer_id = in.text();
    if ((flags & kHasEncryption) != 0) {
        operation.version.encryption = catalog::read_encryption(in);
        operation.replica_kms_key = in.text();
    }
    return operation;
}

}  // namespace

std::string encode(const ApplyRequest& request) {
    RecordWriter out;
    out.u8(kFormat);
    write_rule(out, request.rule);
    out.varint(request.operations.size());
    for (const Operation& operation : request.operations) {
        write_operation(out, operation);
    }
    return out.take();
}

Result<ApplyRequest> decode_apply_request(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    ApplyRequest request;
    request.rule = read_rule(in);
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        request.operations.push_back(read_operation(in));
    }
    TRY_VOID(in.finish("a batch of operations"));
    return request;
}

std::string encode(const std::vector<OperationReply>& replies) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint(replies.size());
    for (const OperationReply& reply : replies) {
        out.u8(reply.is_ok ? 1 : 0);
        out.u8(static_cast<std::uint8_t>(reply.outcome));
        out.u8(static_cast<std::uint8_t>(reply.code));
        out.text(reply.reason);
    }
    return out.take();
}

Result<std::vector<OperationReply>> decode_replies(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    std::vector<OperationReply> replies;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        OperationReply reply;
        reply.is_ok = in.u8() != 0;
        reply.outcome = static_cast<object::ReplicaOutcome>(in.u8());
        reply.code = static_cast<ErrorCode>(in.u8());
        reply.reason = in.text();
        replies.push_back(std::move(reply));
    }
    TRY_VOID(in.finish("replies to a batch"));
    return replies;
}

std::string encode(const RuleNotice& notice) {
    RecordWriter out;
    out.u8(kFormat);
    write_rule(out, notice.rule);
    out.u8(notice.is_closing ? 1 : 0);
    out.text(notice.owner);
    out.u8(static_cast<std::uint8_t>(notice.versioning));
    out.u8(notice.wants_acceleration ? 1 : 0);
    out.varint(notice.floor);
    return out.take();
}

Result<RuleNotice> decode_rule_notice(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    RuleNotice notice;
    notice.rule = read_rule(in);
    notice.is_closing = in.u8() != 0;
    notice.owner = in.text();
    notice.versioning = static_cast<Versioning>(in.u8());
    notice.wants_acceleration = in.u8() != 0;
    notice.floor = in.at_end() ? 0 : in.varint();  // Kept notices of older versions have none.
    TRY_VOID(in.finish("a notice about a rule"));
    return notice;
}

std::string encode(const PeerAbilities& abilities) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint((abilities.unpacks_zstd ? kUnpacksZstd : 0) |
               (abilities.reuses_chunks ? kReusesChunks : 0) |
               (abilities.gives_bodies ? kGivesBodies : 0));
    return out.take();
}

Result<PeerAbilities> decode_abilities(std::string_view bytes) {
    if (bytes.empty()) {
        return PeerAbilities{};
    }
    TRY(RecordReader in, open(bytes));
    // Bits of later versions are not ours to use.
    const std::uint64_t bits = in.varint();
    TRY_VOID(in.finish("what a region can do"));
    return PeerAbilities{.unpacks_zstd = (bits & kUnpacksZstd) != 0,
                         .reuses_chunks = (bits & kReusesChunks) != 0,
                         .gives_bodies = (bits & kGivesBodies) != 0};
}

std::string encode(const BucketFacts& facts) {
    RecordWriter out;
    out.u8(kFormat);
    out.u8(facts.exists ? 1 : 0);
    out.text(facts.owner);
    out.text(facts.region);
    out.u8(static_cast<std::uint8_t>(facts.versioning));
    out.varint(facts.incoming_rules);
    out.varint(facts.incoming_rules_max);
    return out.take();
}

Result<BucketFacts> decode_bucket_facts(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    BucketFacts facts;
    facts.exists = in.u8() != 0;
    facts.owner = in.text();
    facts.region = in.text();
    facts.versioning = static_cast<Versioning>(in.u8());
    facts.incoming_rules = in.varint();
    facts.incoming_rules_max = in.at_end() ? kReplicationRulesMax : in.varint();
    TRY_VOID(in.finish("facts about a bucket"));
    return facts;
}

std::string encode(const std::vector<TargetBucket>& targets) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint(targets.size());
    for (const TargetBucket& target : targets) {
        out.text(target.region);
        out.text(target.bucket);
    }
    return out.take();
}

Result<std::vector<TargetBucket>> decode_targets(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    std::vector<TargetBucket> targets;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        TargetBucket target;
        target.region = in.text();
        target.bucket = in.text();
        targets.push_back(std::move(target));
    }
    TRY_VOID(in.finish("the destinations of a bucket"));
    return targets;
}

namespace {

void write_chunks(RecordWriter& out, const std::vector<object::Chunk>& chunks) {
    out.varint(chunks.size());
    for (const object::Chunk& chunk : chunks) {
        out.varint(chunk.number);
        out.varint(chunk.size_bytes);
        out.u64(chunk.crc64);
    }
}

object::Chunk read_chunk(RecordReader& in) {
    object::Chunk chunk;
    chunk.number = static_cast<std::uint32_t>(in.varint());
    chunk.size_bytes = in.varint();
    chunk.crc64 = in.u64();
    return chunk;
}

std::vector<object::Chunk> read_chunks(RecordReader& in) {
    std::vector<object::Chunk> chunks;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        chunks.push_back(read_chunk(in));
    }
    return chunks;
}

}  // namespace

std::string encode(const TransferState& state) {
    RecordWriter out;
    out.u8(kFormat);
    write_chunks(out, state.there);
    if (!state.basis.empty()) {
        write_chunks(out, state.basis);
    }
    return out.take();
}

Result<TransferState> decode_transfer_state(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    TransferState state;
    state.there = read_chunks(in);
    if (!in.at_end()) {
        state.basis = read_chunks(in);
    }
    TRY_VOID(in.finish("a list of chunks"));
    return state;
}

std::string encode(const TakeRequest& request) {
    RecordWriter out;
    out.u8(kFormat);
    write_rule(out, request.rule);
    out.text(request.transfer_id);
    out.varint(request.chunk.number);
    out.varint(request.chunk.size_bytes);
    out.u64(request.chunk.crc64);
    catalog::write_encryption(out, request.chunk.encryption);
    out.text(request.replica_kms_key);
    out.text(request.from.key);
    out.varint(request.from.offset);
    out.text(request.from.sha256);
    return out.take();
}

Result<TakeRequest> decode_take_request(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    TakeRequest request;
    request.rule = read_rule(in);
    request.transfer_id = in.text();
    request.chunk = read_chunk(in);
    request.chunk.encryption = catalog::read_encryption(in);
    request.replica_kms_key = in.text();
    request.from.key = in.text();
    request.from.offset = in.varint();
    request.from.sha256 = in.text();
    TRY_VOID(in.finish("a chunk that may be there"));
    return request;
}

std::string encode(const BodyRequest& request) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(request.own_bucket);
    out.text(request.bucket);
    out.text(request.key);
    out.u64(request.order.hlc);
    out.text(request.order.origin);
    out.u8(request.is_null ? 1 : 0);
    out.varint(request.size_bytes);
    out.u64(request.crc64);
    out.text(request.etag);
    out.varint(request.range.offset);
    out.varint(request.range.size);
    return out.take();
}

Result<BodyRequest> decode_body_request(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    BodyRequest request;
    request.own_bucket = in.text();
    request.bucket = in.text();
    request.key = in.text();
    request.order.hlc = in.u64();
    request.order.origin = in.text();
    request.is_null = in.u8() != 0;
    request.size_bytes = in.varint();
    request.crc64 = in.u64();
    request.etag = in.text();
    request.range.offset = in.varint();
    request.range.size = in.varint();
    TRY_VOID(in.finish("a question for bytes"));
    return request;
}

std::string encode(const ItemPage& page) {
    RecordWriter out;
    out.u8(kFormat);
    out.u8(page.is_truncated ? 1 : 0);
    out.varint(page.items.size());
    for (const Item& item : page.items) {
        out.text(item.key);
        out.text(item.version_id);
        out.u64(item.digest.low);
        out.u64(item.digest.high);
        out.varint(item.size_bytes);
    }
    return out.take();
}

Result<ItemPage> decode_item_page(std::string_view bytes) {
    TRY(RecordReader in, open(bytes));
    ItemPage page;
    page.is_truncated = in.u8() != 0;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        Item item;
        item.key = in.text();
        item.version_id = in.text();
        item.digest.low = in.u64();
        item.digest.high = in.u64();
        item.size_bytes = in.varint();
        page.items.push_back(std::move(item));
    }
    TRY_VOID(in.finish("a page of items"));
    return page;
}

}  // namespace antipode::replication

#include <algorithm>
#include <map>
#include <set>

#include "base/mutant.h"
#include "base/record.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"
#include "codec/hex.h"
#include "crypto/crc.h"
#include "crypto/digest.h"
#include "replication/sender.h"
#include "runtime/sleep.h"

// Objects too large for a batch: chunks that are kept at the destination one by one, so that a
// broken transfer goes on where it was, on either side (promise 13).
namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

/// Each chunk travels on a connection of its own. With acceleration there are enough of them for a
/// gigabit at 200 ms also where one connection gets only megabytes (25 MB are under way then).
struct Streams {
    std::size_t chunks = 4;
    std::size_t transfers = 3;
};

constexpr std::size_t kHashedAtOnce = 1024 * 1024;

/// Smaller bodies fit into a packet or two as they are.
constexpr std::size_t kPackedBytesMin = 1024;

constexpr Streams kOrdinary{};
constexpr Streams kAccelerated{.chunks = 16, .transfers = 2};

const Streams& streams_of(const ReplicationRule& rule) {
    return rule.transfer == TransferType::OssAcc ? kAccelerated : kOrdinary;
}

/// The same after a restart; another one when the bytes are others (appends keep their order).
std::string transfer_id_of(const RuleHeader& rule, const ObjectVersion& version) {
    RecordWriter out;
    out.text(rule.source_region);
    out.text(rule.source_bucket);
    out.text(version.key);
    out.u64(version.order.hlc);
    out.text(version.order.origin);
    out.u64(version.crc64);
    out.u64(version.size_bytes);
    return codec::hex_lower(crypto::sha256(as_bytes(out.str())).bytes()).substr(0, 32);
}

}  // namespace

Task<void> Sender::transfer(Pending pending) {
    std::string transfer_id = transfer_id_of(header(), pending.operation.version);
    runtime::Duration delay = 100ms;
    // Log and history may both come to a version; the second finds the chunks of the first.
    while (!is_stopping_ && !is_fenced_ &&
           (active_transfers_.size() >= streams_of(rule_).transfers ||
            active_transfers_.contains(transfer_id))) {
        co_await progress_.wait_beyond(progress_.count(), 1s);
    }
    active_transfers_.insert(transfer_id);
    while (!is_stopping_ && !is_fenced_) {
        if (is_planted(Mutant::TransferBeginsFromZero)) {
            active_transfers_.erase(transfer_id);
            transfer_id = catalog::random_hex(16);
            active_transfers_.insert(transfer_id);
        }
        const auto sent = co_await transfer_chunks(pending.operation, transfer_id);
        if (sent) {
            pending.operation.transfer_id = transfer_id;
            pending.operation.body.clear();
            pending.operation.has_body = false;
            Batch batch;
            batch.push_back(std::move(pending));
            const auto replies = co_await apply_until_answered(batch);
            if (replies && replies->front().is_ok &&
                replies->front().outcome == object::ReplicaOutcome::NeedsBody) {
                pending = std::move(batch.front());
                continue;
            }
            if (replies) {
                co_await settle(std::move(batch.front()), replies->front());
                advance();
            }
            break;
        }
        if (sent.error().code == ErrorCode::NotFound) {
            // The version was removed or replaced meanwhile; the change that did it follows.
            OperationReply gone{.is_ok = true,
                                .outcome = object::ReplicaOutcome::Superseded,
                                .code = {},
                                .reason = {}};
            co_await settle(std::move(pending), std::move(gone));
            advance();
            break;
        }
        if (!sent.error().retryable() && sent.error().code != ErrorCode::Fenced) {
            OperationReply refused{.is_ok = false,
                                   .outcome = {},
                                   .code = sent.error().code,
                                   .reason = sent.error().message};
            co_await settle(std::move(pending), std::move(refused));
            advance();
            break;
        }
        note_failure(sent.error());
        co_await pause(delay);
        delay = std::min(delay * 2, runtime::Duration(3s));
    }
    active_transfers_.erase(transfer_id);
    --transfers_in_flight_;
    progress_.raise();
}

/// Work of one transfer, shared by the coroutines that send its chunks.
struct Sender::Sending {
    catalog::StoredVersion stored;
    std::string transfer_id;
    std::vector<std::uint32_t> missing;
    std::size_t next = 0;
    Result<void> outcome;
    Packer packer;
    /// What the destination has of another version: size and CRC-64 of its chunks -> where.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> basis;
};

Task<Result<void>> Sender::transfer_chunks(const Operation& operation, std::string transfer_id) {
    const ObjectVersion& version = operation.version;
    std::optional<catalog::StoredVersion> stored;
    if (version.is_null) {
        CO_TRY(stored, co_await catalog::find_null_version(partition(), version.key));
    } else {
        CO_TRY(stored, co_await catalog::find_version(partition(), version.key, version.order));
    }
    if (!stored || stored->version.order != version.order ||
        stored->version.crc64 != version.crc64) {
        co_return fail(ErrorCode::NotFound, "the version is gone");
    }
    std::string basis_of = may_reuse() ? version.key : "";
    CO_TRY(const auto state,
           co_await peer_->list_chunks(header(), transfer_id, std::move(basis_of)));
    std::set<std::uint32_t> present;
    for (const object::Chunk& chunk : state.there) {
        present.insert(chunk.number);
    }
    auto sending = std::make_shared<Sending>();
    sending->stored = std::move(*stored);
    sending->transfer_id = transfer_id;
    std::uint64_t basis_offset = 0;
    for (const object::Chunk& chunk : state.basis) {
        sending->basis.emplace(std::pair(chunk.size_bytes, chunk.crc64), basis_offset);
        basis_offset += chunk.size_bytes;
    }
    const std::uint64_t count = (version.size_bytes + kChunkBytes - 1) / kChunkBytes;
    for (std::uint32_t number = 1; number <= count; ++number) {
        if (!present.contains(number)) {
            sending->missing.push_back(number);
        }
    }

    struct Worker {
        static Task<void> run(Sender* self, std::shared_ptr<Sending> work) {
            while (work->outcome && work->next < work->missing.size() && !self->is_stopping_) {
                const std::uint32_t number = work->missing[work->next++];
                const std::uint64_t offset = (number - 1) * kChunkBytes;
                object::Chunk chunk{
                    .number = number,
                    .size_bytes = std::min(kChunkBytes, work->stored.version.size_bytes - offset),
                    .crc64 = 0,
                    .encryption = work->stored.version.encryption};
                auto sent = co_await self->send_chunk(work, chunk, offset, self->may_pack());
                if (!sent && work->outcome) {
                    work->outcome = std::move(sent);
                }
            }
        }
    };

    runtime::TaskGroup workers;
    for (std::size_t i = 0; i < streams_of(rule_).chunks; ++i) {
        workers.spawn(Worker::run(this, sending));
    }
    co_await workers.join();
    if (is_stopping_) {
        co_return fail(ErrorCode::Closed, "the sender stops");
    }
    if (!sending->outcome && sending->outcome.error().code == ErrorCode::NotFound) {
        CO_TRY(const bool is_there, co_await is_still_there(sending->stored));
        if (is_there) {
            co_return fail(ErrorCode::Corrupt, "the version is here, its bytes are not");
        }
    }
    co_return sending->outcome;
}

/// Of rules with acceleration only: on an ordinary link the work is worth more than the bytes.
bool Sender::may_pack() const {
    return rule_.transfer == TransferType::OssAcc && peer_->abilities().unpacks_zstd;
}

Task<PeerClient::Body> Sender::pack_batch(std::string body) {
    PeerClient::Body out{.bytes = {}, .is_packed = false, .plain_bytes = body.size()};
    if (body.size() >= kPackedBytesMin) {
        const auto packed = co_await batch_packer_.pack(as_bytes(body));
        if (packed) {
            out.bytes = as_text(*packed);
            out.is_packed = true;
            co_return out;
        }
    }
    out.bytes = std::move(body);
    co_return out;
}

Task<Result<void>> Sender::send_chunk(std::shared_ptr<Sending> sending,
                                      object::Chunk chunk,
                                      std::uint64_t offset,
                                      bool is_to_be_packed) {
    const auto source =
        replicas_.read(bucket_, sending->stored, {.offset = offset, .size = chunk.size_bytes});
    Bytes bytes;
    bytes.reserve(chunk.size_bytes);
    while (true) {
        CO_TRY(const Bytes piece, co_await source->next());
        if (piece.empty()) {
            break;
        }
        chunk.crc64 = crypto::crc64(piece, chunk.crc64);
        append(bytes, piece);
    }
    const auto known = sending->basis.find(std::pair(chunk.size_bytes, chunk.crc64));
    if (known != sending->basis.end()) {
        CO_TRY(const bool is_taken, co_await offer_chunk(sending, chunk, bytes, known->second));
        if (is_taken) {
            co_return Result<void>{};
        }
    }
    if (is_to_be_packed && bytes.size() >= kPackedBytesMin) {
        auto packed = co_await sending->packer.pack(bytes);
        if (packed) {
            bytes = {};  // In memory once; it is read again in the rare case.
            const auto sent = co_await put_chunk(sending, chunk, std::move(*packed), true);
            if (sent || !is_refused_as_packed(sent.error())) {
                co_return sent;
            }
            chunk.crc64 = 0;
            co_return co_await send_chunk(std::move(sending), chunk, offset, false);
        }
    }
    co_return co_await put_chunk(std::move(sending), chunk, std::move(bytes), false);
}

bool Sender::may_reuse() const {
    return rule_.transfer == TransferType::OssAcc && peer_->abilities().reuses_chunks;
}

/// The destination has bytes with the CRC-64 of these: if they are the same, it takes them. False:
/// they are to be sent.
Task<Result<bool>> Sender::offer_chunk(std::shared_ptr<Sending> sending,
                                       object::Chunk chunk,
                                       ByteView bytes,
                                       std::uint64_t basis_offset) {
    crypto::DigestStream digest(crypto::DigestKind::Sha256);
    for (std::size_t at = 0; at < bytes.size(); at += kHashedAtOnce) {
        digest.update(bytes.subspan(at, std::min(kHashedAtOnce, bytes.size() - at)));
        co_await runtime::resume_on(*place_.executor);  // Others go between.
    }
    TakeRequest request{.rule = header(),
                        .transfer_id = sending->transfer_id,
                        .chunk = chunk,
                        .replica_kms_key = replica_key(rule_),
                        .from = {.key = sending->stored.version.key,
                                 .offset = basis_offset,
                                 .sha256 = to_string(digest.finish().bytes())}};
    const auto taken = co_await peer_->take_chunk(std::move(request));
    if (taken && *taken) {
        note_success(0, chunk.size_bytes, 0);
        co_return true;
    }
    if (!taken && (taken.error().retryable() || taken.error().code == ErrorCode::Fenced)) {
        co_return fail(taken.error());
    }
    // What is there has changed, or it cannot be read.
    sending->basis.clear();
    co_return false;
}

Task<Result<void>> Sender::put_chunk(std::shared_ptr<Sending> sending,
                                     object::Chunk chunk,
                                     Bytes bytes,
                                     bool is_packed) {
    const std::uint64_t wire_bytes = bytes.size();
    auto body =
        std::make_unique<ThrottledSource>(std::move(bytes), place_.throttles, limits().priority);
    const runtime::Instant begin = place_.executor->now();
    std::optional<std::uint64_t> packed_bytes;
    if (is_packed) {
        packed_bytes = wire_bytes;
    }
    CO_TRY_VOID(co_await peer_->put_chunk(
        header(), sending->transfer_id, chunk, replica_key(rule_), std::move(body), packed_bytes));
    sending->packer.note_sent(wire_bytes, place_.executor->now() - begin);
    note_success(0, chunk.size_bytes, wire_bytes);
    co_return Result<void>{};
}

}  // namespace antipode::replication

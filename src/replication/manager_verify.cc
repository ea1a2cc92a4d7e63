#include <limits>

#include "catalog/version_table.h"
#include "codec/hex.h"
#include "replication/manager.h"
#include "replication/verify.h"
#include "runtime/sleep.h"

// Waiting for a rule to catch up, comparing, mending, and saying so.
namespace antipode::replication {

using namespace std::chrono_literals;

/// The time that a comparison after it covers.
Task<Result<std::int64_t>> Manager::catch_up(SenderPtr sender, runtime::Instant end) {
    catalog::Partition& partition = sender->bucket()->partition();
    const Hlc safe = partition.safe_time();
    CO_TRY(const std::uint64_t revision, co_await partition.revision());
    while (!sender->is_beyond(revision) && home_.now() < end && !is_stopping_) {
        co_await stopping_.wait_beyond(stopping_.count(), 50ms);
    }
    if (sender->is_beyond(revision)) {
        co_return ms_from_hlc(safe);
    }
    const RuleStatus status = sender->status();
    std::string message = "the destination has not caught up in time; nothing was compared";
    if (!status.last_error.empty()) {
        message = "the destination has not caught up in time: " + status.last_error;
    } else if (status.exceptions > 0) {
        message += "; some versions are refused, list-failed shows why";
    }
    co_return fail(ErrorCode::Timeout, std::move(message));
}

Task<Result<Verification>> Manager::verify_at_home(SenderPtr sender, VerifyRequest request) {
    const runtime::Instant end = home_.now() + request.patience;
    std::uint64_t mended = 0;
    std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
    while (true) {
        CO_TRY(const std::int64_t as_of_ms, co_await catch_up(sender, end));
        PeerClient peer(sender->peer(), catalog_.region(), secret_, host_.network(0));
        auto outcome = co_await compare(sender->bucket(), sender->rule(), peer, sender->excluded());
        peer.close();
        CO_TRY_VOID(outcome);
        outcome->as_of_ms = as_of_ms;
        outcome->mended = mended;
        // A comparison shows a bounded number of differences, so large damage is mended in rounds;
        // a round that mended nothing is the last.
        if (!request.repair || outcome->is_identical || outcome->difference_count >= before) {
            co_return outcome;
        }
        before = outcome->difference_count;
        mended += outcome->differences.size();
        CO_TRY_VOID(co_await sender->mend(outcome->differences));
    }
}

Task<Result<void>> Manager::add_statement(SenderPtr sender, Verification& outcome) {
    CO_TRY(const crypto::Ed25519Seed seed, co_await statement_key_.get());
    const std::string source = catalog_.region() + "/" + sender->bucket()->config()->name.str();
    const std::int64_t now_ms = runtime::Executor::current().wall_now().time_since_epoch().count();
    outcome.statement = statement_text(source, sender->rule(), outcome, now_ms, catalog_.region());
    outcome.signature = sign_statement(seed, outcome.statement);
    outcome.public_key = codec::hex_lower(crypto::ed25519_public_key(seed));
    co_return Result<void>{};
}

Task<Result<Verification>> Manager::verify(VerifyRequest request) {
    CO_TRY(const SenderPtr sender, only_sender(request.bucket, request.rule_id));
    runtime::Executor& caller = runtime::Executor::current();
    co_await runtime::resume_on(home_);
    auto outcome = co_await verify_at_home(sender, std::move(request));
    co_await runtime::resume_on(caller);
    if (outcome && outcome->is_identical) {
        CO_TRY_VOID(co_await add_statement(sender, *outcome));
    }
    co_return outcome;
}

Task<Result<std::string>> Manager::statement_key() {
    CO_TRY(const crypto::Ed25519Seed seed, co_await statement_key_.get());
    co_return codec::hex_lower(crypto::ed25519_public_key(seed));
}

/// Each becomes a durable exception; what is gone here meanwhile needs no mending.
Task<Result<void>> Sender::mend(std::vector<Difference> differences) {
    for (const Difference& difference : differences) {
        CO_TRY(const VersionOrder order, parse_version_id(difference.version_id));
        CO_TRY(const auto stored,
               co_await catalog::find_version(partition(), difference.key, order));
        if (!stored) {
            continue;
        }
        ReplicationException exception;
        exception.key = difference.key;
        exception.order = order;
        exception.is_null = stored->version.is_null;
        exception.is_repair = true;
        exception.reason = "a comparison found it missing or different; it is being sent again";
        exception.committed_ms = ms_from_hlc(order.hlc);
        exception.size_bytes = stored->version.size_bytes;
        CO_TRY_VOID(co_await save_exception(partition(), rule_.id, exception));
        const std::scoped_lock lock(mutex_);
        ++exceptions_stamp_;
        std::erase_if(exceptions_, [&exception](const ReplicationException& one) {
            return one.key == exception.key && one.order == exception.order && !one.is_purge;
        });
        exceptions_.push_back(std::move(exception));
    }
    co_return Result<void>{};
}

}  // namespace antipode::replication

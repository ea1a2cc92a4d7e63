#include <utility>

#include "index/check_commit.h"
#include "index/zoned/zoned_store.h"

namespace antipode::index {

Task<Result<void>> ZonedStore::load_partition(PartitionId partition) {
    std::vector<std::string> keys{partition_state_key(partition.str())};
    CO_TRY(const Values values, co_await read_rows(std::move(keys)));
    PartitionState state;
    if (values[0]) {
        CO_TRY(state, decode_partition_state(*values[0]));
    }
    sequencer_->load(partition, state);
    co_return Result<void>();
}

/// Tries until the sequencer has taken or refused it, reading what it asks for in between, and
/// waits for the outcome.
template <typename Try>
Task<Result<std::uint64_t>> ZonedStore::settle(const PartitionId& partition, Try try_once) {
    using Kind = Sequencer::Attempt::Kind;
    Sequencer::BaseRows base;
    while (true) {
        Sequencer::Attempt attempt = try_once(base);
        switch (attempt.kind) {
            case Kind::Sequenced: {
                const Outcome outcome = co_await attempt.wait->wait();
                if (outcome == Outcome::Committed) {
                    co_return attempt.number;
                }
                co_return fail(ErrorCode::MaybeCommitted,
                               "two zones did not confirm the commit in time");
            }
            case Kind::Refused: {
                if (attempt.wait) {
                    const Outcome outcome = co_await attempt.wait->wait();
                    if (outcome != Outcome::Committed) {
                        co_return fail(ErrorCode::Unavailable,
                                       "what the commit depends on was not confirmed in time");
                    }
                }
                co_return fail(std::move(attempt.refusal));
            }
            case Kind::NeedsPartition: {
                CO_TRY_VOID(co_await load_partition(partition));
                break;
            }
            case Kind::NeedsRows: {
                base.pins.push_back(std::move(attempt.pin));
                std::vector<std::string> keys;
                for (const std::string& key : attempt.keys) {
                    keys.push_back(row_key(partition.str(), key));
                }
                CO_TRY(Values values, co_await read_rows(std::move(keys)));
                for (std::size_t i = 0; i < values.size(); ++i) {
                    base.rows.emplace(std::move(attempt.keys[i]), std::move(values[i]));
                }
                break;
            }
            case Kind::NoRoom: {
                co_await attempt.room->wait();
                break;
            }
        }
    }
}

Task<Result<std::uint64_t>> ZonedStore::acquire(PartitionId partition) {
    CO_TRY_VOID(check_partition(partition));
    const auto try_once = [this, &partition](const Sequencer::BaseRows&) {
        return sequencer_->acquire(partition);
    };
    co_return co_await settle(partition, try_once);
}

Task<Result<std::uint64_t>> ZonedStore::commit(PartitionId partition, Commit change) {
    CO_TRY_VOID(check_commit(partition, change));
    const auto try_once = [this, &partition, &change](const Sequencer::BaseRows& base) {
        return sequencer_->commit(partition, change, base);
    };
    co_return co_await settle(partition, try_once);
}

Task<Result<void>> ZonedStore::drop(PartitionId partition, std::uint64_t fence) {
    CO_TRY_VOID(check_partition(partition));
    const auto try_once = [this, &partition, fence](const Sequencer::BaseRows&) {
        return sequencer_->drop(partition, fence);
    };
    CO_TRY_VOID(co_await settle(partition, try_once));
    co_return Result<void>();
}

Task<Result<std::uint64_t>> ZonedStore::revision(PartitionId partition) {
    CO_TRY_VOID(check_partition(partition));
    if (!sequencer_->is_loaded(partition)) {
        CO_TRY_VOID(co_await load_partition(partition));
    }
    co_return sequencer_->committed_revision(partition).value_or(0);
}

}  // namespace antipode::index

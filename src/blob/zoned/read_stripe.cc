#include <algorithm>
#include <cstring>

#include "blob/zoned/read_blob.h"

namespace antipode::blob {

namespace {

using runtime::Duration;
using runtime::Instant;

/// A read that two zones in trouble hold up ends after so long.
constexpr Duration kPatience = std::chrono::seconds(10);

/// The blocks of each data shard that a range needs, and the rows they span.
struct Need {
    Need(const ShardShape& shape, const StripeRange& range) {
        rows.begin = kBlocksMax;
        for (std::size_t shard = 0; shard < kDataShards; ++shard) {
            const std::size_t start = shard * shape.payload();
            const std::size_t begin = std::max(range.offset, start);
            const std::size_t end = std::min(range.offset + range.size, start + shape.payload());
            if (begin < end) {
                blocks[shard] = {(begin - start) / kPayloadBytesMax,
                                 ((end - start - 1) / kPayloadBytesMax) + 1};
                rows.begin = std::min(rows.begin, blocks[shard].begin);
                rows.end = std::max(rows.end, blocks[shard].end);
            }
        }
    }

    std::array<BlockRange, kShards> blocks{};  // Empty for parity.
    BlockRange rows;
};

class StripeReader {
  public:
    StripeReader(Engine& engine, std::shared_ptr<const OpenBlob> blob, StripeRange range)
        : engine_(engine),
          blob_(blob),
          range_(range),
          fetch_(std::make_shared<StripeFetch>(engine, std::move(blob), range.stripe, false)),
          need_(fetch_->shape(), range) {}

    Task<Result<Bytes>> run() {
        runtime::Executor& executor = runtime::Executor::current();
        const Instant started = executor.now();
        standings_ = engine_.disks.for_read(started);
        ask_needed(started);
        const Instant hedge_at = started + engine_.disks.hedge_limit();
        while (fetch_->is_pending() && !has_all() && !has_trouble() && executor.now() < hedge_at) {
            co_await fetch_->wait(hedge_at - executor.now());
        }
        if (const auto first = fetch_->first_arrival()) {
            // Not the last one's time: a slow zone must not stretch the limit that it is judged by.
            engine_.disks.note_read(*first - started);
        }
        if (!has_all()) {
            ++engine_.counters.stripes_decoded;
            ask_rest(Standing::Good, executor.now());
            const Instant doubt_at = executor.now() + engine_.disks.hedge_limit();
            while (fetch_->is_pending() && !can_make_all() && executor.now() < doubt_at) {
                co_await fetch_->wait(doubt_at - executor.now());
            }
        }
        if (!can_make_all()) {
            ask_rest(Standing::Doubtful, executor.now());
            const Instant give_up_at = started + kPatience;
            while (fetch_->is_pending() && !can_make_all() && executor.now() < give_up_at) {
                co_await fetch_->wait(give_up_at - executor.now());
            }
        }
        if (has_damage()) {
            engine_.heal_notes.add({.ref = blob_->ref, .changes = engine_.space->changes()});
            engine_.heal_wanted.raise();
        }
        if (!can_make_all()) {
            co_return fail(why_not());
        }
        engine_.counters.stripe_read_time.record(executor.now() - started);
        co_return assemble();
    }

  private:
    /// Each data shard from the first place that is fit; those of zones that are not are left to
    /// decoding.
    void ask_needed(Instant now) {
        std::array<bool, kShards / kShardsPerZone> is_asked{};
        for (std::size_t i = 0; i < fetch_->sources().size(); ++i) {
            const ShardSource& source = fetch_->sources()[i];
            if (standings_[source.zone] == Standing::Good && !is_asked[source.group]) {
                is_asked[source.group] = true;
                const std::size_t shard = source.group * kShardsPerZone;
                fetch_->ask(i, {need_.blocks[shard], need_.blocks[shard + 1]}, now);
            }
        }
    }

    /// All rows that are needed, from every zone of that standing (and better).
    void ask_rest(Standing standing, Instant now) {
        for (std::size_t i = 0; i < fetch_->sources().size(); ++i) {
            if (standings_[fetch_->sources()[i].zone] <= standing) {
                fetch_->ask(i, {need_.rows, need_.rows}, now);
            }
        }
    }

    template <typename Predicate>
    [[nodiscard]] bool all_needed(Predicate predicate) const {
        for (std::size_t shard = 0; shard < kDataShards; ++shard) {
            for (std::size_t block = need_.blocks[shard].begin; block < need_.blocks[shard].end;
                 ++block) {
                if (!predicate(shard, block)) {
                    return false;
                }
            }
        }
        return true;
    }

    [[nodiscard]] bool has_all() const {
        return all_needed(
            [this](std::size_t shard, std::size_t block) { return fetch_->has(shard, block); });
    }

    [[nodiscard]] bool can_make_all() const {
        return all_needed([this](std::size_t shard, std::size_t block) {
            return fetch_->can_make(shard, block);
        });
    }

    [[nodiscard]] bool has_damage() const {
        return fetch_->any_was(StripeFetch::Answer::Bad) ||
               fetch_->any_was(StripeFetch::Answer::Other);
    }

    [[nodiscard]] bool has_trouble() const {
        return has_damage() || fetch_->any_was(StripeFetch::Answer::Unreadable) ||
               fetch_->any_was(StripeFetch::Answer::Unreachable);
    }

    [[nodiscard]] Bytes assemble() {
        Bytes out(range_.size);
        std::size_t filled = 0;
        while (filled < out.size()) {
            const std::size_t position = range_.offset + filled;
            const std::size_t shard = position / fetch_->shape().payload();
            const std::size_t in_shard = position % fetch_->shape().payload();
            const std::size_t block = in_shard / kPayloadBytesMax;
            const std::size_t in_block = in_shard % kPayloadBytesMax;
            const std::size_t size =
                std::min(out.size() - filled, fetch_->shape().block_payload(block) - in_block);
            std::memcpy(out.data() + filled, fetch_->make(shard, block) + in_block, size);
            filled += size;
        }
        return out;
    }

    [[nodiscard]] Error why_not() const {
        if (engine_.space->was_removed(blob_->layout.id) ||
            fetch_->any_was(StripeFetch::Answer::Other)) {
            return {ErrorCode::NotFound, "the blob was removed and its space reused"};
        }
        const bool is_out_of_reach =
            fetch_->lacks_answers() ||
            std::ranges::any_of(fetch_->sources(), [this](const ShardSource& source) {
                return standings_[source.zone] == Standing::Gone;
            });
        return is_out_of_reach
                   ? Error{ErrorCode::Unavailable, "too few zones answer to read the blob"}
                   : Error{ErrorCode::Corrupt, "too many shards of the blob are damaged"};
    }

    Engine& engine_;
    const std::shared_ptr<const OpenBlob> blob_;
    const StripeRange range_;
    const std::shared_ptr<StripeFetch> fetch_;
    const Need need_;
    std::array<Standing, kZones> standings_{};
};

}  // namespace

Task<Result<Bytes>> read_stripe(Engine& engine,
                                std::shared_ptr<const OpenBlob> blob,
                                StripeRange range) {
    StripeReader reader(engine, std::move(blob), range);
    co_return co_await reader.run();
}

}  // namespace antipode::blob

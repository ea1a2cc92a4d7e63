#include "blob/zoned/repair_blob.h"

#include <algorithm>
#include <cstring>

#include "runtime/deadline.h"

namespace antipode::blob {

namespace {

using runtime::Duration;
using runtime::Instant;

constexpr Duration kPatience = std::chrono::seconds(10);

/// Both shards of a group at a place, made anew.
struct GroupImage {
    std::shared_ptr<const OpenBlob>
        blob;  // Its pin keeps the place ours for as long as the write may take.
    zone::AlignedBuffer buffer;
    std::size_t size = 0;
};

std::array<BlockRange, kShardsPerZone> every_block(const ShardShape& shape) {
    return {BlockRange{0, shape.blocks()}, BlockRange{0, shape.blocks()}};
}

/// Waits until nothing is pending.
Task<void> wait_for_all(std::shared_ptr<StripeFetch> fetch) {
    runtime::Executor& executor = runtime::Executor::current();
    const Instant give_up_at = executor.now() + kPatience;
    while (fetch->is_pending() && executor.now() < give_up_at) {
        co_await fetch->wait(give_up_at - executor.now());
    }
}

/// Null when too few shards are there.
std::shared_ptr<GroupImage> make_group(Engine& engine,
                                       std::shared_ptr<const OpenBlob> blob,
                                       StripeFetch& fetch,
                                       std::size_t stripe,
                                       std::size_t group) {
    const ShardShape& shape = fetch.shape();
    auto image = std::make_shared<GroupImage>();
    image->size = shape.zone_bytes();
    image->buffer = engine.buffers->take(image->size);
    for (std::size_t which = 0; which < kShardsPerZone; ++which) {
        const std::size_t shard = (group * kShardsPerZone) + which;
        for (std::size_t block = 0; block < shape.blocks(); ++block) {
            const std::byte* const payload = fetch.make(shard, block);
            if (payload == nullptr) {
                return nullptr;
            }
            const MutableByteView whole = image->buffer.bytes().subspan(
                (which * shape.disk_bytes()) + ShardShape::block_offset(block),
                shape.block_disk_bytes(block));
            std::memcpy(whole.data() + kHeaderBytes, payload, shape.block_payload(block));
            const BlockIdentity identity{blob->layout.id,
                                         static_cast<std::uint32_t>(stripe),
                                         static_cast<std::uint8_t>(shard),
                                         static_cast<std::uint8_t>(block)};
            seal_block(whole, identity, shape.block_payload(block));
        }
    }
    image->blob = std::move(blob);
    return image;
}

Task<Result<void>> write_group(Engine& engine,
                               std::shared_ptr<GroupImage> image,
                               std::size_t zone,
                               PageRange place) {
    const runtime::OneShot<Result<void>> durable;
    DiskWrite write{
        .segment = place.segment,
        .offset = place.offset(),
        .bytes = image->buffer.view().first(image->size),
        .keep = image,
        .done = Done([durable](Result<void> result) { durable.set(std::move(result)); })};
    engine.disks.write(zone, std::move(write), runtime::Executor::current().now());
    const Result<void> written = co_await runtime::wait_for(durable, kPatience);
    if (!written) {
        co_return fail(ErrorCode::Unavailable, written.error().message);
    }
    co_return Result<void>{};
}

bool is_good(const StripeFetch& fetch, std::size_t source) {
    for (std::size_t which = 0; which < kShardsPerZone; ++which) {
        for (std::size_t block = 0; block < fetch.shape().blocks(); ++block) {
            if (fetch.answer(source, which, block) != StripeFetch::Answer::Good) {
                return false;
            }
        }
    }
    return true;
}

void ask_everything(StripeFetch& fetch) {
    for (std::size_t i = 0; i < fetch.sources().size(); ++i) {
        fetch.ask(i, every_block(fetch.shape()), runtime::Executor::current().now());
    }
}

/// Why a group cannot be made.
Error why_not(const StripeFetch& fetch) {
    if (fetch.is_pending() || fetch.any_was(StripeFetch::Answer::Unreachable)) {
        return {ErrorCode::Unavailable, "too few zones answer"};
    }
    if (fetch.any_was(StripeFetch::Answer::Unreadable)) {
        return {ErrorCode::Io, "a zone cannot read its shards, and the others do not suffice"};
    }
    return {ErrorCode::Corrupt, "too few good shards are left of a stripe"};
}

Task<Result<std::size_t>> repair_stripe(Engine& engine,
                                        std::shared_ptr<const OpenBlob> blob,
                                        std::size_t stripe,
                                        std::array<bool, kZones> zones) {
    const auto fetch = std::make_shared<StripeFetch>(engine, blob, stripe, true);
    const auto& sources = fetch->sources();
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (zones[sources[i].zone]) {
            fetch->ask(i, every_block(fetch->shape()), runtime::Executor::current().now());
        }
    }
    co_await wait_for_all(fetch);
    if (fetch->is_pending()) {
        co_return fail(ErrorCode::Unavailable, "a zone does not answer");
    }
    std::vector<std::size_t> bad;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (zones[sources[i].zone] && !is_good(*fetch, i)) {
            bad.push_back(i);
        }
    }
    if (bad.empty()) {
        co_return std::size_t{0};
    }
    ask_everything(*fetch);
    co_await wait_for_all(fetch);
    for (const std::size_t source : bad) {
        auto image = make_group(engine, blob, *fetch, stripe, sources[source].group);
        if (!image) {
            co_return fail(why_not(*fetch));
        }
        CO_TRY_VOID(co_await write_group(
            engine, std::move(image), sources[source].zone, sources[source].place));
        engine.counters.shards_healed += kShardsPerZone;
    }
    co_return bad.size() * kShardsPerZone;
}

/// Whether the first block of every source in those zones is good.
Task<bool> sample_is_good(Engine& engine,
                          std::shared_ptr<const OpenBlob> blob,
                          std::size_t stripe,
                          std::array<bool, kZones> zones) {
    const auto fetch = std::make_shared<StripeFetch>(engine, blob, stripe, true);
    for (std::size_t i = 0; i < fetch->sources().size(); ++i) {
        if (zones[fetch->sources()[i].zone]) {
            fetch->ask(i, {BlockRange{0, 1}, BlockRange{}}, runtime::Executor::current().now());
        }
    }
    co_await wait_for_all(fetch);
    for (std::size_t i = 0; i < fetch->sources().size(); ++i) {
        if (zones[fetch->sources()[i].zone] &&
            fetch->answer(i, 0, 0) != StripeFetch::Answer::Good) {
            co_return false;
        }
    }
    co_return true;
}

}  // namespace

Task<Result<std::size_t>> repair_blob(Engine& engine,
                                      std::shared_ptr<const OpenBlob> blob,
                                      RepairScope scope,
                                      Throttle& throttle) {
    std::size_t rewritten = 0;
    std::optional<Error> left;
    std::pair<std::uint32_t, std::uint32_t>
        sampled{};  // Main and extra segment; they count from 1.
    bool every = scope.depth == Depth::Every;
    for (std::size_t stripe = 0; stripe < blob->layout.stripes.size(); ++stripe) {
        if (!every) {
            const StripePlace& place = blob->layout.stripes[stripe];
            const std::pair segments(place.main.segment, place.extra.segment);
            if (segments == sampled) {
                continue;
            }
            sampled = segments;
            co_await throttle.take(kBlockBytesMax);
            const bool is_sample_good = co_await sample_is_good(engine, blob, stripe, scope.zones);
            if (is_sample_good) {
                continue;
            }
            every = true;
        }
        co_await throttle.take(kShards * blob->layout.shape(stripe).disk_bytes());
        const Result<std::size_t> result =
            co_await repair_stripe(engine, blob, stripe, scope.zones);
        if (result) {
            rewritten += *result;
        } else if (result.error().code == ErrorCode::Unavailable) {
            co_return fail(result.error());
        } else {
            left = result.error();
        }
    }
    co_return left ? Result<std::size_t>(fail(*left)) : rewritten;
}

Task<Result<BlobLayout>> complete_blob(Engine& engine,
                                       std::shared_ptr<const OpenBlob> blob,
                                       Throttle& throttle) {
    BlobLayout complete = blob->layout;
    for (std::size_t stripe = 0; stripe < complete.stripes.size(); ++stripe) {
        StripePlace& place = complete.stripes[stripe];
        if (place.missing == kNoZone) {
            continue;
        }
        co_await throttle.take(kShards * complete.shape(stripe).disk_bytes());
        const auto fetch = std::make_shared<StripeFetch>(engine, blob, stripe, true);
        ask_everything(*fetch);
        co_await wait_for_all(fetch);
        const std::size_t zone = place.missing;
        auto image =
            make_group(engine, blob, *fetch, stripe, group_of_zone(complete.id, stripe, zone));
        if (!image) {
            co_return fail(why_not(*fetch));
        }
        CO_TRY_VOID(co_await write_group(engine, std::move(image), zone, place.main));
        engine.counters.shards_healed += kShardsPerZone;
        place.missing = kNoZone;
        place.extra = {};
    }
    co_return complete;
}

}  // namespace antipode::blob

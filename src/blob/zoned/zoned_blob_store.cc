#include "blob/zoned/zoned_blob_store.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "blob/zoned/read_blob.h"
#include "blob/zoned/write_blob.h"

namespace antipode::blob {

namespace {

constexpr runtime::Duration kHouseEvery = std::chrono::seconds(1);

}  // namespace

ZonedBlobStore::ZonedBlobStore(zone::ZoneSet& zones,
                               runtime::FileSystem& files,
                               ZonedBlobOptions options)
    : zones_(zones),
      files_(files),
      engine_(zones, files, options),
      throttle_(options.repair_bytes_per_second),
      attaching_("blob-attach", kZones, 16) {}

ZonedBlobStore::~ZonedBlobStore() {
    CHECK(engine_.tasks.running() == 0);
}

Result<std::unique_ptr<ZonedBlobStore>> ZonedBlobStore::open(zone::ZoneSet& zones,
                                                             runtime::FileSystem& files,
                                                             ZonedBlobOptions options) {
    std::unique_ptr<ZonedBlobStore> store(new ZonedBlobStore(zones, files, options));
    std::set<std::uint32_t> existing;
    std::size_t attached = 0;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (!zones.is_member(zone)) {
            continue;
        }
        auto disk = store->engine_.disks.opener(zone)();
        auto segments = disk ? (*disk)->segments() : fail(disk.error());
        if (!segments) {
            zones.report_failure(zone, segments.error());
            continue;
        }
        existing.insert(segments->begin(), segments->end());
        store->engine_.disks.adopt(zone, std::move(*disk));
        ++attached;
    }
    if (attached < 2) {
        return fail(ErrorCode::Unavailable, "fewer than two zones can be opened");
    }
    store->engine_.space->begin_rebuild({existing.begin(), existing.end()});
    return store;
}

Task<Result<void>> ZonedBlobStore::start(Liveness& liveness) {
    liveness_ = &liveness;
    Result<void> learned = co_await learn_space();
    next_completion_ = runtime::Executor::current().now() + engine_.options.heal_every;
    engine_.tasks.spawn(keep_house());
    engine_.tasks.spawn(keep_healing());
    if (!learned) {
        note_space_unknown(learned.error().message);
        engine_.tasks.spawn(keep_learning());
    }
    co_return learned;
}

/// Goes on where it failed before. Pages that are taken may be marked twice, blobs are counted
/// once.
Task<Result<void>> ZonedBlobStore::learn_space() {
    std::string unknown;
    do {
        CO_TRY_VOID(co_await learn_page(&unknown));
    } while (!learn_cursor_.empty() && !stopping_);
    if (stopping_) {
        co_return fail(ErrorCode::Unavailable, "the store is stopping");
    }
    has_marked_all_ = true;
    engine_.space->all_marked();
    if (!unknown.empty()) {
        co_return fail(ErrorCode::Corrupt, unknown);
    }
    engine_.space->finish_rebuild();
    co_return {};
}

Task<Result<void>> ZonedBlobStore::learn_page(std::string* unknown) {
    std::string cursor = learn_cursor_;
    CO_TRY(const std::vector<NamedBlob> page, co_await liveness_->named_blobs(cursor));
    for (const NamedBlob& named : page) {
        const Result<BlobLayout> layout = decode_ref(named.ref);
        if (!layout) {
            *unknown = named.owner + ": " + layout.error().message;
            continue;
        }
        if (has_marked_all_) {
            continue;
        }
        if (engine_.space->mark_live(*layout)) {
            ++engine_.counters.live_blobs;
            engine_.counters.live_bytes += static_cast<std::int64_t>(layout->size);
            engine_.counters.degraded_blobs += layout->is_degraded() ? 1 : 0;
        }
    }
    learn_cursor_ = std::move(cursor);
    co_return {};
}

Task<void> ZonedBlobStore::keep_learning() {
    while (!stopping_) {
        const std::uint64_t seen = house_wanted_.count();
        co_await house_wanted_.wait_beyond(
            seen, stopping_ ? runtime::Duration::zero() : engine_.options.learn_again_after);
        const Result<void> learned = co_await learn_space();
        if (learned) {
            note_space_unknown("");
            co_return;
        }
        if (!stopping_) {
            note_space_unknown(learned.error().message);
        }
    }
}

void ZonedBlobStore::note_space_unknown(std::string why) {
    const std::scoped_lock lock(mutex_);
    space_unknown_ = std::move(why);
}

Task<void> ZonedBlobStore::stop() {
    stopping_ = true;
    house_wanted_.raise();
    engine_.heal_wanted.raise();
    co_await engine_.tasks.join();
}

Task<Result<WrittenBlob>> ZonedBlobStore::write(ByteSource& body, BlobHint hint) {
    co_return co_await write_blob(engine_, body, hint);
}

Result<std::unique_ptr<ByteSource>> ZonedBlobStore::open(BlobRef ref, ByteRange range) {
    TRY(BlobLayout layout, decode_ref(ref));
    if (range.offset > layout.size || range.size > layout.size - range.offset) {
        return fail(ErrorCode::InvalidRange, "the range is not within the blob");
    }
    return make_blob_source(engine_, pinned(ref, std::move(layout)), range);
}

void ZonedBlobStore::remove(BlobRef ref) {
    const Result<BlobLayout> layout = decode_ref(ref);
    {
        const std::scoped_lock lock(mutex_);
        lost_.erase(ref.encoded());
        lost_now_.erase(ref.encoded());
    }
    if (!layout) {
        return;  // Nothing that we ever gave out; scrub names the row.
    }
    const bool was_stale = engine_.space->is_stale(*layout);
    if (engine_.space->remove(*layout, runtime::Executor::current().now())) {
        --engine_.counters.live_blobs;
        engine_.counters.live_bytes -= static_cast<std::int64_t>(layout->size);
        engine_.counters.degraded_blobs -= layout->is_degraded() && !was_stale ? 1 : 0;
    }
}

void ZonedBlobStore::zone_went_out(std::size_t zone) {
    engine_.disks.detach(zone);
}

BlobStatus ZonedBlobStore::status() const {
    const auto above_zero = [](std::int64_t value) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value));
    };
    BlobStatus status;
    status.live_blobs = above_zero(engine_.counters.live_blobs);
    status.live_bytes = above_zero(engine_.counters.live_bytes);
    status.used_bytes = engine_.space->used_bytes();
    status.free_bytes = engine_.space->free_bytes();
    status.shards_healed = engine_.counters.shards_healed;
    status.stripes_decoded = engine_.counters.stripes_decoded;
    status.is_full = engine_.disks.is_full();
    {
        const std::scoped_lock lock(mutex_);
        status.lost = lost_.size();
        status.space_unknown = space_unknown_;
    }
    const auto ok = zones_that_are_ok();
    status.under_protected = std::ranges::count(ok, true) < static_cast<std::ptrdiff_t>(kZones)
                                 ? status.live_blobs
                                 : above_zero(engine_.counters.degraded_blobs) +
                                       engine_.heal_notes.count() + status.lost;
    return status;
}

void ZonedBlobStore::reap() {
    for (const std::uint32_t segment : engine_.space->reap(runtime::Executor::current().now())) {
        engine_.disks.remove_segment(segment);
    }
}

Task<void> ZonedBlobStore::keep_house() {
    while (!stopping_) {
        const std::uint64_t seen = house_wanted_.count();
        reap();
        engine_.disks.probe();
        co_await house_wanted_.wait_beyond(seen,
                                           stopping_ ? runtime::Duration::zero() : kHouseEvery);
    }
}

std::shared_ptr<const OpenBlob> ZonedBlobStore::pin_for_repair(const BlobRef& ref) {
    Result<BlobLayout> layout = decode_ref(ref);
    if (!layout) {
        return nullptr;
    }
    // First the pin, then the question: from here on its pages cannot become somebody else's.
    auto blob = pinned(ref, std::move(*layout));
    return engine_.space->is_stale(blob->layout) ? nullptr : blob;
}

std::shared_ptr<const OpenBlob> ZonedBlobStore::pinned(const BlobRef& ref, BlobLayout layout) {
    auto blob = std::make_shared<OpenBlob>();
    blob->ref = ref;
    blob->pin = engine_.space->pin(layout);
    blob->layout = std::move(layout);
    return blob;
}

std::array<bool, kZones> ZonedBlobStore::zones_that_are_ok() const {
    std::array<bool, kZones> ok{};
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        ok[zone] = zones_.state(zone) == zone::ZoneState::Ok && engine_.disks.disk(zone) != nullptr;
    }
    return ok;
}

}  // namespace antipode::blob

// The background work of ZonedBlobStore: refill of a zone, completion of what was written without
// one, repair of what readers found damaged, scrub.
#include <algorithm>

#include "base/mutant.h"
#include "blob/zoned/zoned_blob_store.h"
#include "runtime/deadline.h"
#include "runtime/sleep.h"

namespace antipode::blob {

namespace {

using runtime::Duration;

constexpr Duration kAttachPatience = std::chrono::seconds(10);
/// Filling ends when a pass finds nothing to rewrite; rows may move between pages while it walks.
constexpr int kFillPassesMax = 3;
/// That are remembered; how many there are is counted.
constexpr std::size_t kLostMax = 1000;
/// Blobs that a fill may pass over, because their shards cannot be read in another zone, before it
/// takes that zone for broken: so many, and a share of all.
constexpr std::size_t kPassedOverMax = 16;
constexpr std::size_t kPassedOverShare = 1000;
constexpr int kWalkPauseFactor = 9;
/// Completion walks that completed nothing become rarer, by up to this factor.
constexpr std::size_t kFruitlessFactorMax = 64;

struct WalkState {
    std::optional<Error> error;
    std::uint64_t done = 0;
};

Task<void> visit_into(Task<Result<void>> visit, WalkState* state) {
    const Result<void> result = co_await visit;
    ++state->done;
    if (!result && !state->error) {
        state->error = result.error();
    }
}

std::uint64_t size_of(const NamedBlob& named) {
    const auto layout = decode_ref(named.ref);
    return layout ? layout->size : 0;
}

Result<std::pair<std::shared_ptr<ZoneDisk>, std::vector<std::uint32_t>>> open_and_list(
    const std::function<Result<std::shared_ptr<ZoneDisk>>()>& open) {
    TRY(std::shared_ptr<ZoneDisk> disk, open());
    TRY(std::vector<std::uint32_t> segments, disk->segments());
    return std::pair(std::move(disk), std::move(segments));
}

}  // namespace

/// Returns when so many bytes have had their time since `begin`, in short sleeps: the store may
/// stop.
Task<void> ZonedBlobStore::keep_pace(std::uint64_t bytes_per_second,
                                     runtime::Instant begin,
                                     std::uint64_t bytes) {
    const Duration nap = std::chrono::milliseconds(200);
    const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_per_second);
    const runtime::Instant due =
        begin + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    runtime::Instant now = runtime::Executor::current().now();
    while (!stopping_ && now < due) {
        co_await runtime::sleep_for(std::min(nap, due - now));
        now = runtime::Executor::current().now();
    }
}

Task<Result<void>> ZonedBlobStore::walk(Visit visit, Walk walk) {
    const auto total = static_cast<double>(std::max<std::int64_t>(1, engine_.counters.live_blobs));
    WalkState state{.error = {}, .done = walk.done};
    runtime::TaskGroup group;
    std::string cursor = std::move(walk.from);
    bool is_outdated = false;
    do {
        const std::string page_start = cursor;
        is_outdated = false;
        const std::uint64_t changes = engine_.space->changes();
        CO_TRY(std::vector<NamedBlob> page, co_await liveness_->named_blobs(cursor));
        for (std::size_t first = 0; first < page.size() && !state.error && !stopping_;) {
            if (engine_.space->changes() - changes >= BlobSpace::kRememberedMax) {
                // So much was removed meanwhile that nobody knows which of these still are.
                cursor = page_start;
                is_outdated = true;
                break;
            }
            const std::size_t end = std::min(page.size(), first + engine_.options.repair_blobs_max);
            const runtime::Instant begin = runtime::Executor::current().now();
            std::uint64_t bytes = 0;
            for (; first < end; ++first) {
                bytes += size_of(page[first]);
                group.spawn(visit_into(visit(std::move(page[first])), &state));
            }
            co_await group.join();
            walk.progress(std::min(0.99, static_cast<double>(state.done) / total));
            if (walk.bytes_per_second > 0) {
                co_await keep_pace(walk.bytes_per_second, begin, bytes);
            }
        }
        if (walk.page_done && !is_outdated && !cursor.empty() && !state.error && !stopping_) {
            co_await walk.page_done(cursor);
        }
    } while ((is_outdated || !cursor.empty()) && !state.error && !stopping_);
    if (stopping_) {
        co_return fail(ErrorCode::Unavailable, "the store is stopping");
    }
    co_return state.error ? Result<void>(fail(*state.error)) : Result<void>{};
}

Task<Result<std::shared_ptr<ZoneDisk>>> ZonedBlobStore::attach(std::size_t zone) {
    // The thread may hang for longer than we live: it gets only what is its own.
    using Opened = Result<std::pair<std::shared_ptr<ZoneDisk>, std::vector<std::uint32_t>>>;
    const runtime::OneShot<Opened> opened;
    attaching_.post(
        [opened, open = engine_.disks.opener(zone)] { opened.set(open_and_list(open)); });
    CO_TRY(auto disk_and_segments, co_await runtime::wait_for(opened, kAttachPatience));
    auto& [disk, segments] = disk_and_segments;
    for (const std::uint32_t segment : segments) {
        if (!engine_.space->knows_segment(segment)) {
            disk->remove_segment(segment);
        }
    }
    engine_.disks.adopt(zone, disk);
    co_return disk;
}

Task<Result<void>> ZonedBlobStore::rejoin(std::size_t zone, std::function<void(double)> progress) {
    if (liveness_ == nullptr) {
        co_return fail(ErrorCode::Unavailable, "the store has not started");
    }
    CO_TRY(const auto disk, co_await attach(zone));
    Result<void> filled;
    if (!is_planted(Mutant::BackMeansWhole)) {
        filled = co_await fill(zone, disk, std::move(progress));
    }
    if (filled && zones_.state(zone) == zone::ZoneState::Out) {
        filled = fail(ErrorCode::Unavailable, "the zone went out again");
    }
    if (!filled && engine_.disks.disk(zone) == disk) {
        engine_.disks.detach(zone);
    }
    co_return filled;
}

Task<Result<void>> ZonedBlobStore::fill(std::size_t zone,
                                        std::shared_ptr<ZoneDisk> disk,
                                        std::function<void(double)> progress) {
    for (int pass = 0; pass < kFillPassesMax; ++pass) {
        FillCounts counts;
        const Visit visit = [this, zone, &counts](NamedBlob named) {
            return fill_one(std::move(named), zone, &counts);
        };
        Walk whole;
        if (pass == 0) {
            whole.progress = progress;
        }
        CO_TRY_VOID(co_await walk(visit, std::move(whole)));
        // The zone may have gone and come back meanwhile, perhaps as another directory: then that
        // attachment's own rejoin fills it.
        if (engine_.disks.disk(zone) != disk) {
            co_return fail(ErrorCode::Unavailable, "the zone went out again");
        }
        if (counts.rewritten == 0) {
            break;
        }
    }
    progress(1.0);
    co_return {};
}

Task<Result<void>> ZonedBlobStore::fill_one(NamedBlob named, std::size_t zone, FillCounts* counts) {
    ++counts->visited;
    const auto blob = pin_for_repair(named.ref);
    if (!blob) {
        co_return {};
    }
    RepairScope scope{.zones = {}, .depth = Depth::Sample};
    scope.zones[zone] = true;
    const Result<std::size_t> repaired = co_await repair_blob(engine_, blob, scope, throttle_);
    if (repaired) {
        counts->rewritten += *repaired;
    } else if (repaired.error().code == ErrorCode::Io) {
        // One sector that cannot be read must not leave all that comes after it with two zones.
        if (++counts->passed_over > kPassedOverMax + (counts->visited / kPassedOverShare)) {
            co_return fail(repaired.error());
        }
        engine_.heal_notes.add({.ref = blob->ref, .changes = engine_.space->changes()});
    } else if (repaired.error().code == ErrorCode::Unavailable) {
        co_return fail(repaired.error());
    }
    const bool is_missing_here = std::ranges::any_of(
        blob->layout.stripes, [zone](const StripePlace& place) { return place.missing == zone; });
    if (is_missing_here) {
        CO_TRY_VOID(co_await complete(std::move(named), &counts->rewritten));
    }
    co_return {};
}

Task<Result<void>> ZonedBlobStore::complete(NamedBlob named, std::size_t* completed) {
    const auto blob = pin_for_repair(named.ref);
    if (!blob || !blob->layout.is_degraded() || is_lost(named.ref)) {
        co_return {};  // What is lost is replaced as a whole, by whoever has its bytes.
    }
    for (const StripePlace& place : blob->layout.stripes) {
        if (place.missing != kNoZone && !engine_.disks.disk(place.missing)) {
            co_return {};  // Not back yet; its own rejoin completes the blob.
        }
    }
    const Result<BlobLayout> complete = co_await complete_blob(engine_, blob, throttle_);
    if (!complete) {
        co_return complete.error().code == ErrorCode::Unavailable ? fail(complete.error())
                                                                  : Result<void>{};
    }
    CO_TRY(const bool is_replaced,
           co_await liveness_->replace(std::move(named), encode_ref(*complete)));
    if (is_replaced) {
        engine_.space->drop_extra(blob->layout, runtime::Executor::current().now());
        --engine_.counters.degraded_blobs;
        ++*completed;
    }
    co_return {};
}

Task<void> ZonedBlobStore::keep_healing() {
    while (!stopping_) {
        const std::uint64_t seen = engine_.heal_wanted.count();
        co_await heal_noted();
        co_await complete_degraded();
        co_await engine_.heal_wanted.wait_beyond(seen, engine_.options.heal_every);
    }
}

Task<void> ZonedBlobStore::heal_noted() {
    std::vector<HealNotes::Note> left;
    while (!stopping_) {
        std::optional<HealNotes::Note> note = engine_.heal_notes.take();
        if (!note) {
            break;
        }
        const auto blob = pin_for_repair(note->ref);
        if (!blob || engine_.space->changes() - note->changes >= BlobSpace::kRememberedMax) {
            engine_.heal_notes.settle();
            continue;
        }
        const RepairScope scope{.zones = zones_that_are_ok(), .depth = Depth::Every};
        const Result<std::size_t> repaired = co_await repair_blob(engine_, blob, scope, throttle_);
        // Shards that a disk cannot read now are tried again; what else cannot be repaired is found
        // by the next reader or by scrub.
        if (!repaired && repaired.error().code == ErrorCode::Io) {
            left.push_back(std::move(*note));
        } else {
            engine_.heal_notes.settle();
        }
    }
    for (HealNotes::Note& note : left) {
        engine_.heal_notes.put_back(std::move(note));
    }
}

Task<void> ZonedBlobStore::complete_degraded() {
    const auto ok = zones_that_are_ok();
    if (engine_.counters.degraded_blobs <= 0 || !std::ranges::all_of(ok, std::identity{})) {
        co_return;
    }
    if (runtime::Executor::current().now() < next_completion_) {
        co_return;
    }
    std::size_t completed = 0;
    const runtime::Instant start = runtime::Executor::current().now();
    const Visit visit = [this, &completed](NamedBlob named) {
        return complete(std::move(named), &completed);
    };
    const Result<void> walked = co_await walk(visit, {});
    fruitless_completions_ = walked && completed > 0
                                 ? 0
                                 : std::min(kFruitlessFactorMax, 1 + (2 * fruitless_completions_));
    // The walk reads every row that names a blob: it takes at most a tenth of the time.
    const runtime::Instant end = runtime::Executor::current().now();
    const Duration pause =
        engine_.options.heal_every * static_cast<std::int64_t>(1 + fruitless_completions_);
    next_completion_ = end + std::max(pause, kWalkPauseFactor * (end - start));
}

Task<Result<ScrubReport>> ZonedBlobStore::scrub(ScrubRun run) {
    if (liveness_ == nullptr) {
        co_return fail(ErrorCode::Unavailable, "the store has not started");
    }
    ScrubReport report = std::move(run.so_far);
    if (run.from.empty()) {
        const std::scoped_lock lock(mutex_);
        lost_now_.clear();
    }
    const Visit visit = [this, &run, &report](NamedBlob named) {
        return scrub_one(std::move(named), run, &report);
    };
    Walk whole{.from = std::move(run.from),
               .done = report.blobs,
               .bytes_per_second = run.bytes_per_second,
               .progress = run.progress,
               .page_done = {}};
    if (run.checkpoint) {
        whole.page_done = [&run, &report](std::string place) {
            return run.checkpoint(report, std::move(place));
        };
    }
    CO_TRY_VOID(co_await walk(visit, std::move(whole)));
    {
        const std::scoped_lock lock(mutex_);
        lost_ = lost_now_;
    }
    run.progress(1.0);
    co_return report;
}

Task<void> ZonedBlobStore::note_lost(NamedBlob named, const ScrubRun& run, ScrubReport* report) {
    ++report->lost;
    {
        const std::scoped_lock lock(mutex_);
        if (lost_.size() < kLostMax) {
            lost_.insert(named.ref.encoded());
            lost_now_.insert(named.ref.encoded());
        }
    }
    if (run.lost) {
        co_await run.lost(std::move(named));
    }
}

bool ZonedBlobStore::is_lost(const BlobRef& ref) const {
    const std::scoped_lock lock(mutex_);
    return lost_.contains(ref.encoded());
}

Task<Result<void>> ZonedBlobStore::scrub_one(NamedBlob named,
                                             const ScrubRun& run,
                                             ScrubReport* report) {
    if (!decode_ref(named.ref)) {
        co_await note_lost(std::move(named), run, report);
        co_return {};
    }
    const auto blob = pin_for_repair(named.ref);
    if (!blob) {
        co_return {};
    }
    ++report->blobs;
    report->bytes += blob->layout.size;
    const RepairScope scope{.zones = zones_that_are_ok(), .depth = Depth::Every};
    const Result<std::size_t> repaired = co_await repair_blob(engine_, blob, scope, throttle_);
    if (repaired) {
        report->shards_rewritten += *repaired;
    } else if (repaired.error().code == ErrorCode::Corrupt) {
        co_await note_lost(named, run, report);
    } else {
        ++report->not_checked;
    }
    std::size_t completed = 0;
    static_cast<void>(co_await complete(std::move(named), &completed));
    report->completed += completed;
    co_return {};
}

}  // namespace antipode::blob

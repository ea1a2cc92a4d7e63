#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/zoned/zoned_blob_store.h"
#include "runtime/io_threads.h"
#include "runtime/lasting_files.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/temporary_directory.h"

namespace antipode::blob {

/// What the catalog is to the store: rows that name blobs, walked two at a time.
class TestLiveness final : public Liveness {
  public:
    Task<Result<std::vector<NamedBlob>>> named_blobs(std::string& cursor) override {
        const std::scoped_lock lock(mutex_);
        if (fails_left_ > 0) {
            --fails_left_;
            co_return fail(ErrorCode::Corrupt, "a row cannot be read");
        }
        std::vector<NamedBlob> page;
        auto row = rows_.upper_bound(cursor);
        for (; row != rows_.end() && page.size() < 2; ++row) {
            page.push_back({row->first, row->second});
        }
        cursor = row == rows_.end() ? "" : page.back().owner;
        co_return page;
    }

    Task<Result<bool>> replace(NamedBlob from, BlobRef to) override {
        const std::scoped_lock lock(mutex_);
        const auto row = rows_.find(from.owner);
        if (row == rows_.end() || row->second != from.ref) {
            co_return false;
        }
        row->second = std::move(to);
        co_return true;
    }

    void put(const std::string& owner, BlobRef ref) {
        const std::scoped_lock lock(mutex_);
        rows_[owner] = std::move(ref);
    }

    BlobRef take(const std::string& owner) {
        const std::scoped_lock lock(mutex_);
        return rows_.extract(owner).mapped();
    }

    BlobRef at(const std::string& owner) {
        const std::scoped_lock lock(mutex_);
        return rows_.at(owner);
    }

    /// So many of the next walks fail at their first page.
    void fail_next(int count) {
        const std::scoped_lock lock(mutex_);
        fails_left_ = count;
    }

  private:
    std::mutex mutex_;
    std::map<std::string, BlobRef> rows_;
    int fails_left_ = 0;
};

/// Bytes that follow from a seed, in chunks of a given size; fails at the end when told to.
class PatternSource final : public ByteSource {
  public:
    PatternSource(std::uint64_t seed,
                  std::uint64_t size,
                  std::size_t chunk = 100'000,
                  bool fails = false)
        : seed_(seed), size_(size), chunk_(chunk), fails_(fails) {}

    Task<Result<Bytes>> next() override {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, size_ - position_));
        if (count == 0 && fails_) {
            co_return fail(ErrorCode::IncompleteBody, "the client went away");
        }
        Bytes bytes = make(seed_, position_, count);
        position_ += count;
        co_return bytes;
    }

    /// The bytes [position, position + count).
    static Bytes make(std::uint64_t seed, std::uint64_t position, std::size_t count) {
        const std::uint64_t first = position / 8;
        std::vector<std::uint64_t> words((count / 8) + 2);
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::uint64_t value = (seed * 0x9E3779B97F4A7C15U) + first + i;
            value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
            words[i] = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
        }
        // Not byte by byte: that is most of the time of these tests when nothing is optimised.
        Bytes bytes(count);
        if (count > 0) {
            std::memcpy(
                bytes.data(), std::as_bytes(std::span(words)).data() + (position % 8), count);
        }
        return bytes;
    }

  private:
    std::uint64_t seed_;
    std::uint64_t size_;
    std::size_t chunk_;
    bool fails_;
    std::uint64_t position_ = 0;
};

/// Calls a function once so many bytes were read: damage in the middle of a blob.
class HookedSource final : public ByteSource {
  public:
    HookedSource(std::unique_ptr<ByteSource> inner,
                 std::uint64_t position,
                 std::function<void()> hook)
        : inner_(std::move(inner)), position_(position), hook_(std::move(hook)) {}

    Task<Result<Bytes>> next() override {
        if (read_ >= position_ && hook_) {
            std::exchange(hook_, nullptr)();
        }
        CO_TRY(Bytes bytes, co_await inner_->next());
        read_ += bytes.size();
        co_return bytes;
    }

  private:
    std::unique_ptr<ByteSource> inner_;
    std::uint64_t position_;
    std::function<void()> hook_;
    std::uint64_t read_ = 0;
};

/// Counts how often each zone went out. A zone that was out for a moment shows in nothing else.
class Outages final : public zone::ZoneMember {
  public:
    void zone_went_out(std::size_t zone) override { ++counts_.at(zone); }

    Task<Result<void>> rejoin(std::size_t /*zone*/,
                              std::function<void(double)> /*progress*/) override {
        co_return Result<void>();
    }

    [[nodiscard]] int of(std::size_t zone) const { return counts_.at(zone).load(); }

  private:
    std::array<std::atomic<int>, zone::kZones> counts_{};
};

/// A store over three real directories, each of which can be broken.
class StoreFixture : public testing::Test {
  protected:
    static constexpr std::chrono::milliseconds kTick{1};

    StoreFixture() {
        // Small, so that tests cross segments.
        options_.space.segment_bytes = 4 * kMiB;
        options_.space.grace = std::chrono::seconds(0);
        options_.disks.free_bytes_min = 0;
        options_.heal_every = std::chrono::milliseconds(20);
        options_.repair_bytes_per_second = 10 * kGiB;
        // A busy machine must not look like a slow zone; tests of slowness say otherwise.
        options_.disks.lag_min = std::chrono::seconds(20);
        options_.disks.hedge_min = std::chrono::seconds(20);
        zone_options_.region = "cn-test";
        zone_options_.suspect_after = std::chrono::seconds(20);
        zone_options_.out_after = std::chrono::seconds(40);
        zone_options_.probe_every = std::chrono::milliseconds(50);
        zone_options_.directories = {zone_path(0), zone_path(1), zone_path(2)};
    }

    ~StoreFixture() override {
        faults_.clear_all();
        close();
        threads_.stop();
    }

    void SetUp() override { open(); }

    void open() {
        open_somehow();
        ASSERT_TRUE(started_);
    }

    /// Perhaps without knowing all rows: started_ tells.
    void open_somehow() {
        auto zones = zone::ZoneSet::open(zone_options_, faults_);
        ASSERT_TRUE(zones) << zones.error().message;
        zones_ = std::move(*zones);
        auto store = ZonedBlobStore::open(*zones_, faults_, options_);
        ASSERT_TRUE(store) << store.error().message;
        store_ = std::move(*store);
        zones_->add_member(*store_);
        zones_->add_member(outages_);
        started_ = run(store_->start(liveness_));
        zones_->start_probing(threads_.executor(0));
    }

    void close() {
        if (zones_) {
            run(zones_->stop());
        }
        if (store_) {
            run(store_->stop());
        }
        store_.reset();
        zones_.reset();
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(threads_.executor(0), std::move(task));
    }

    std::string zone_path(std::size_t zone) {
        return directory_ / ("zone-" + std::string(1, "abc"[zone]));
    }

    void set(std::size_t zone, const runtime::FileFaults& faults) {
        faults_.set(zone_path(zone), faults);
    }

    void heal(std::size_t zone) { faults_.clear(zone_path(zone)); }

    /// The directory is gone, whoever is writing in it.
    void remove_directory(std::size_t zone) {
        EXPECT_TRUE(eventually([&] { return disk_->remove_tree(zone_path(zone)).has_value(); }));
        wait_for(zone, zone::ZoneState::Out);
    }

    void force_out(std::size_t zone) {
        // A fault that the prober sees keeps it out until heal().
        set(zone, {.fail_writes = true, .fail_syncs = true});
        zones_->force_out(zone, "the test says so");
    }

    Result<BlobRef> write(std::uint64_t seed, std::uint64_t size, bool announce = true) {
        PatternSource body(seed, size);
        BlobHint hint;
        if (announce) {
            hint.size = size;
        }
        TRY(const WrittenBlob written, run(store_->write(body, hint)));
        EXPECT_EQ(written.size, size);
        return written.ref;
    }

    /// The same with `hook` called in the middle.
    Result<BlobRef> write_with(std::uint64_t seed, std::uint64_t size, std::function<void()> hook) {
        HookedSource body(std::make_unique<PatternSource>(seed, size), size / 2, std::move(hook));
        TRY(const WrittenBlob written, run(store_->write(body, {.size = size})));
        return written.ref;
    }

    /// "" when `zone` alone gives the blob back.
    std::string check_alone(std::size_t zone,
                            const BlobRef& ref,
                            std::uint64_t seed,
                            std::uint64_t size) {
        for (std::size_t other = 0; other < kZones; ++other) {
            if (other != zone) {
                faults_.set(zone_path(other) + "/blobs", {.fail_reads = true});
            }
        }
        const std::string wrong = check(ref, seed, size);
        for (std::size_t other = 0; other < kZones; ++other) {
            faults_.clear(zone_path(other) + "/blobs");
        }
        return wrong;
    }

    /// "" when the blob can be read without any one zone.
    std::string check_without_each(const BlobRef& ref, std::uint64_t seed, std::uint64_t size) {
        for (std::size_t zone = 0; zone < kZones; ++zone) {
            faults_.set(zone_path(zone) + "/blobs", {.fail_reads = true});
            const std::string wrong = check(ref, seed, size);
            faults_.clear(zone_path(zone) + "/blobs");
            if (!wrong.empty()) {
                return "without zone " + std::to_string(zone) + ": " + wrong;
            }
        }
        return "";
    }

    /// "" when the range of the blob is as it was written, else what is wrong.
    std::string check(const BlobRef& ref, std::uint64_t seed, ByteRange range) {
        auto source = store_->open(ref, range);
        if (!source) {
            return "open: " + source.error().message;
        }
        return run(compare(std::move(*source), seed, range));
    }

    std::string check(const BlobRef& ref, std::uint64_t seed, std::uint64_t size) {
        return check(ref, seed, ByteRange{0, size});
    }

    /// Removes the blob and waits until so many bytes are in use: a disk thread may hold the blob a
    /// moment longer.
    bool remove_leaves(const BlobRef& ref, std::uint64_t used_bytes) {
        run(remove_now(ref));
        return eventually([&] {
            run(reap_now());
            return store_->status().used_bytes == used_bytes;
        });
    }

    Task<void> remove_now(BlobRef ref) {
        store_->remove(std::move(ref));
        co_return;
    }

    Task<void> reap_now() {
        store_->reap();
        co_return;
    }

    static Task<void> pause() { co_await runtime::sleep_for(kTick); }

    static Task<std::string> compare(std::unique_ptr<ByteSource> source,
                                     std::uint64_t seed,
                                     ByteRange range) {
        std::uint64_t position = range.offset;
        while (true) {
            const Result<Bytes> chunk = co_await source->next();
            if (!chunk) {
                co_return std::string(name_of(chunk.error().code)) + ": " + chunk.error().message;
            }
            if (chunk->empty()) {
                co_return position == range.end() ? "" : "it ends at " + std::to_string(position);
            }
            if (as_text(*chunk) != as_text(PatternSource::make(seed, position, chunk->size()))) {
                co_return "wrong bytes behind " + std::to_string(position);
            }
            position += chunk->size();
        }
    }

    void wait_for(std::size_t zone, zone::ZoneState state) {
        EXPECT_TRUE(eventually([&] { return zones_->state(zone) == state; }))
            << zone << " is " << zone::name_of(zones_->state(zone)) << ": "
            << zones_->status()[zone].reason;
    }

    /// Waits for what happens on other threads; up to 20 s.
    template <typename Predicate>
    bool eventually(Predicate predicate) {
        for (int i = 0; i < 20'000; ++i) {
            if (predicate()) {
                return true;
            }
            run(pause());
        }
        return false;
    }

    runtime::TemporaryDirectory directory_;
    runtime::LastingFiles& all_files_ = runtime::LastingFiles::make();
    runtime::FileSystem* disk_ = all_files_.disk.get();
    runtime::FaultFileSystem& faults_ = all_files_.faulty;
    runtime::IoThreads threads_{2};
    TestLiveness liveness_;
    Outages outages_;
    ZonedBlobOptions options_;
    zone::ZoneOptions zone_options_;
    std::unique_ptr<zone::ZoneSet> zones_;
    std::unique_ptr<ZonedBlobStore> store_;
    Result<void> started_;
};

}  // namespace antipode::blob

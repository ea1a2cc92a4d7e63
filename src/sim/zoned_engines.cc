#include "sim/zoned_engines.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "index/zoned/memory_table.h"
#include "index/zoned/zoned_store.h"
#include "runtime/sleep.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

/// Small, so that logs are recycled, zones fall behind them, and segments are full.
index::ZonedStoreOptions index_options() {
    index::ZonedStoreOptions options;
    options.segment_bytes = 256 * kKiB;
    options.absent_log_bytes_max = 1 * kMiB;
    options.flush_log_bytes = 1 * kMiB;
    options.flush_when_idle = 5s;
    options.tables = index::make_memory_tables();
    return options;
}

blob::ZonedBlobOptions blob_options() {
    blob::ZonedBlobOptions options;
    options.space.segment_bytes = 4 * kMiB;
    options.space.grace = 10s;
    options.idle_buffer_bytes_max = 4 * kMiB;
    return options;
}

}  // namespace

class ZonedEngines final : public Engines {
  public:
    ZonedEngines(ZonedGround& ground, runtime::SimDisk::Mount& files, runtime::Executor& executor)
        : ground_(ground), files_(files), executor_(executor) {}

    /// Whoever lets go of it last, a client perhaps: what it consists of ends on a thread.
    ~ZonedEngines() override {
        forget();
        ground_.threads_.spawn("end",
                               [zones = std::move(zones_),
                                rows = std::move(rows_),
                                blobs = std::move(blobs_)]() mutable {
                                   blobs.reset();
                                   rows.reset();
                                   zones.reset();
                               });
    }

    /// Blocks.
    Result<void> open(const std::string& region) {
        zone::ZoneOptions options;
        options.region = region;
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            options.directories[zone] = ground_.directory(zone);
        }
        TRY(zones_, zone::ZoneSet::open(std::move(options), files_));
        auto rows = index::ZonedStore::open(index_options(), *zones_, files_);
        if (!rows) {
            zones_.reset();
            return fail(std::move(rows).error());
        }
        rows_ = std::move(*rows);
        zones_->add_member(*rows_);
        auto blobs = blob::ZonedBlobStore::open(*zones_, files_, blob_options());
        if (!blobs) {
            rows_->abandon();
            rows_.reset();
            zones_.reset();
            return fail(std::move(blobs).error());
        }
        blobs_ = std::move(*blobs);
        zones_->add_member(*blobs_);
        return {};
    }

    index::IndexStore& rows() override { return *rows_; }

    blob::BlobStore& blobs() override { return *blobs_; }

    [[nodiscard]] zone::ZoneSet& zones() { return *zones_; }

    [[nodiscard]] blob::ZonedBlobStore& zoned_blobs() { return *blobs_; }

    Task<void> begin_upkeep(blob::Liveness& liveness) override {
        static_cast<void>(co_await blobs_->start(liveness));
        zones_->start_probing(executor_);
    }

    void die() override {
        files_.die();
        forget();
    }

    Task<void> give_up() override {
        co_await ground_.threads_.run("give-up", [rows = rows_.get()] {
            rows->abandon();
            return true;
        });
    }

    Task<void> wind_up() override {
        co_await zones_->stop();
        co_await blobs_->stop();
        co_await runtime::sleep_for(1s);  // Threads come to their end.
    }

  private:
    void forget() {
        if (ground_.living_ == this) {
            ground_.living_ = nullptr;
        }
    }

    ZonedGround& ground_;
    runtime::SimDisk::Mount& files_;
    runtime::Executor& executor_;
    std::unique_ptr<zone::ZoneSet> zones_;
    std::unique_ptr<index::ZonedStore> rows_;
    std::unique_ptr<blob::ZonedBlobStore> blobs_;
};

ZonedGround::ZonedGround(std::string region, runtime::SimThreads& threads)
    : region_(std::move(region)), threads_(threads), disk_(threads) {}

std::string ZonedGround::directory(std::size_t zone) const {
    return fmt::format("{}/zone-{}", root(), "abc"[zone]);
}

Task<Result<std::unique_ptr<Engines>>> ZonedGround::open(runtime::Executor& executor) {
    runtime::SimDisk::Mount& files = *mounts_.emplace_back(disk_.mount());
    auto engines = std::make_unique<ZonedEngines>(*this, files, executor);
    ZonedEngines* const opening = engines.get();
    const Result<void> opened = co_await threads_.run(
        "open", [opening, region = region_] { return opening->open(region); });
    if (!opened) {
        files.die();
        co_return fail(opened.error());
    }
    living_ = opening;
    co_return std::unique_ptr<Engines>(std::move(engines));
}

void ZonedGround::cut_power() {
    disk_.cut_power(root());
}

std::vector<zone::ZoneStatus> ZonedGround::status() const {
    return living_ != nullptr ? living_->zones().status() : std::vector<zone::ZoneStatus>();
}

bool ZonedGround::are_all_ok() const {
    const auto zones = status();
    return !zones.empty() && std::ranges::all_of(zones, [](const zone::ZoneStatus& one) {
        return one.state == zone::ZoneState::Ok;
    });
}

std::string ZonedGround::describe() const {
    std::string all;
    for (const zone::ZoneStatus& one : status()) {
        all += fmt::format("{}{} {}{}{}",
                           all.empty() ? "" : ", ",
                           one.name,
                           name_of(one.state),
                           one.reason.empty() ? "" : ": ",
                           one.reason);
    }
    return all.empty() ? "nothing runs" : all;
}

blob::ZonedBlobStore* ZonedGround::blobs() const {
    return living_ != nullptr ? &living_->zoned_blobs() : nullptr;
}

void ZonedGround::force_out(std::size_t zone, const std::string& why) {
    if (living_ != nullptr) {
        living_->zones().force_out(zone, why);
    }
}

}  // namespace antipode::sim

#include "server/engine_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "runtime/io_threads.h"
#include "runtime/lasting_files.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/temporary_directory.h"
#include "telemetry/exposition_check.h"

namespace antipode::server {
namespace {

using namespace std::chrono_literals;
using telemetry::testing::ExpositionCheck;

class NoRows final : public blob::Liveness {
  public:
    Task<Result<std::vector<blob::NamedBlob>>> named_blobs(std::string& cursor) override {
        cursor.clear();
        co_return std::vector<blob::NamedBlob>{};
    }

    Task<Result<bool>> replace(blob::NamedBlob, blob::BlobRef) override { co_return false; }
};

class Body final : public ByteSource {
  public:
    explicit Body(std::size_t size) : left_(size) {}

    Task<Result<Bytes>> next() override { co_return Bytes(std::exchange(left_, 0), std::byte{1}); }

  private:
    std::size_t left_;
};

/// The engines of a region as the server has them, with small files.
class EngineMetricsTest : public testing::Test, public admin::Protection {
  protected:
    EngineMetricsTest() {
        zone::ZoneOptions where{
            .directories = {directory_ / "a", directory_ / "b", directory_ / "c"},
            .region = "cn-test"};
        zones_ = zone::ZoneSet::open(where, files_).value();
        index_ = index::ZonedStore::open(
                     {.segment_bytes = 256 * kKiB, .block_cache_bytes = 8 * kMiB}, *zones_, files_)
                     .value();
        zones_->add_member(*index_);
        blob::ZonedBlobOptions blob_options;
        blob_options.disks.free_bytes_min = 0;
        blobs_ = blob::ZonedBlobStore::open(*zones_, files_, blob_options).value();
        zones_->add_member(*blobs_);
        run(blobs_->start(liveness_)).value();
        zones_->start_probing(threads_.executor(0));
        observe_zones(metrics_, *zones_, *this);
        observe_log(metrics_, *index_, zones_->options());
        observe_blobs(metrics_, *blobs_);
    }

    ~EngineMetricsTest() override {
        files_.clear_all();
        run(zones_->stop());
        run(blobs_->stop());
        run(index_->stop());
        threads_.stop();
    }

    [[nodiscard]] std::uint64_t under_protected() const override {
        return blobs_->status().under_protected;
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(threads_.executor(0), std::move(task));
    }

    void commit_once() {
        const index::PartitionId partition("p");
        const std::uint64_t fence = run(index_->acquire(partition)).value();
        index::Commit change{.fence = fence, .guards = {}, .writes = {}};
        change.writes.push_back({.key = "k", .value = std::string(10'000, 'v')});
        ASSERT_TRUE(run(index_->commit(partition, std::move(change))));
    }

    void write_body(std::size_t size) {
        Body body(size);
        ASSERT_TRUE(run(blobs_->write(body, {.size = size})));
    }

    /// A page without a finding.
    ExpositionCheck page() {
        ExpositionCheck page(metrics_.exposition());
        EXPECT_THAT(page.findings(), testing::IsEmpty());
        return page;
    }

    static double value(const ExpositionCheck& page, const std::string& sample) {
        const double* const found = page.value(sample);
        EXPECT_NE(found, nullptr) << sample;
        return found == nullptr ? -1.0 : *found;
    }

    runtime::TemporaryDirectory directory_;
    runtime::LastingFiles& all_files_ = runtime::LastingFiles::make();
    runtime::FaultFileSystem& files_ = all_files_.faulty;
    runtime::IoThreads threads_{1};
    NoRows liveness_;
    std::unique_ptr<zone::ZoneSet> zones_;
    std::unique_ptr<index::ZonedStore> index_;
    std::unique_ptr<blob::ZonedBlobStore> blobs_;
    telemetry::Metrics metrics_;
};

TEST_F(EngineMetricsTest, show_what_was_committed_and_written) {
    commit_once();
    write_body(300'000);

    const ExpositionCheck now = page();

    EXPECT_EQ(value(now, R"(antipode_zone_state{zone="zone-b",state="ok"})"), 1.0);
    EXPECT_EQ(value(now, R"(antipode_zone_state{zone="zone-b",state="out"})"), 0.0);
    EXPECT_EQ(value(now, R"(antipode_zone_could_lose{zone="zone-b"})"), 1.0);
    EXPECT_GE(value(now, "antipode_commit_log_head_bytes"), 10'000.0);
    EXPECT_GE(value(now, "antipode_commit_log_committed_records_total"), 3.0);
    EXPECT_GE(value(now, "antipode_commit_seconds_count"), 3.0);
    EXPECT_EQ(value(now, "antipode_blob_live"), 1.0);
    EXPECT_EQ(value(now, "antipode_blob_live_bytes"), 300'000.0);
    EXPECT_EQ(value(now, "antipode_blob_stripe_write_seconds_count"), 1.0);
    EXPECT_EQ(value(now, "antipode_blob_space_unknown"), 0.0);
}

TEST_F(EngineMetricsTest, show_which_zone_is_lost_and_how_far_it_is_behind) {
    files_.set(directory_ / "c", {.fail_writes = true});
    zones_->force_out(2, "the test says so");
    commit_once();
    write_body(1000);

    const ExpositionCheck now = page();

    EXPECT_EQ(value(now, R"(antipode_zone_state{zone="zone-c",state="ok"})"), 0.0);
    EXPECT_EQ(value(now, R"(antipode_zone_could_lose{zone="zone-a"})"), 0.0);
    EXPECT_EQ(value(now, R"(antipode_zone_could_lose{zone="zone-c"})"), 1.0);
    EXPECT_GE(value(now, R"(antipode_commit_log_lag_bytes{zone="zone-c"})"), 10'000.0);
    EXPECT_EQ(value(now, "antipode_blob_degraded"), 1.0);
    EXPECT_EQ(value(now, "antipode_under_protected_bodies"), 1.0);
}

}  // namespace
}  // namespace antipode::server

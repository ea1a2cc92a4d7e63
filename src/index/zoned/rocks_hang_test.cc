#include <array>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>

#include <gtest/gtest.h>

#include "base/units.h"
#include "index/zoned/rocks_table.h"
#include "runtime/disk_threads.h"
#include "runtime/file_system.h"
#include "runtime/temporary_directory.h"

// A disk may hang in any call. Executors read rows that are in memory meanwhile, and must not wait.

namespace antipode::index {
namespace {

using namespace std::chrono_literals;

/// Stops one of the calls that come, until it is let go.
class Gate {
  public:
    /// The call number `call` from now on, counted from 0.
    void stop_at(std::size_t call) {
        const std::scoped_lock lock(mutex_);
        next_ = 0;
        stop_at_ = call;
    }

    void let_go() {
        const std::scoped_lock lock(mutex_);
        stop_at_.reset();
        changed_.notify_all();
    }

    void pass() {
        std::unique_lock lock(mutex_);
        if (next_++ != stop_at_) {
            return;
        }
        is_stopped_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !stop_at_; });
        is_stopped_ = false;
    }

    /// Until a call has stopped or the work is over. False: it is over.
    bool wait_stopped() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_stopped_ || is_over_; });
        return is_stopped_;
    }

    void wait_over() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_over_; });
    }

    void set_over(bool is_over) {
        const std::scoped_lock lock(mutex_);
        is_over_ = is_over;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::optional<std::size_t> stop_at_;
    bool is_stopped_ = false;
    bool is_over_ = false;
};

class GatedFile final : public runtime::File {
  public:
    GatedFile(std::unique_ptr<runtime::File> inner, Gate& gate)
        : inner_(std::move(inner)), gate_(gate) {}

    Result<void> read_at(std::uint64_t offset, MutableByteView into) override {
        gate_.pass();
        return inner_->read_at(offset, into);
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        gate_.pass();
        return inner_->write_at(offset, bytes);
    }

    Result<void> sync() override {
        gate_.pass();
        return inner_->sync();
    }

    Result<std::uint64_t> size() override {
        gate_.pass();
        return inner_->size();
    }

    Result<void> truncate(std::uint64_t size) override {
        gate_.pass();
        return inner_->truncate(size);
    }

  private:
    std::unique_ptr<runtime::File> inner_;
    Gate& gate_;
};

class GatedFileSystem final : public runtime::FileSystem {
  public:
    explicit GatedFileSystem(Gate& gate) : gate_(gate) {}

    Result<std::unique_ptr<runtime::File>> open(const std::string& path,
                                                runtime::OpenFile how) override {
        gate_.pass();
        TRY(auto file, inner_->open(path, how));
        return std::make_unique<GatedFile>(std::move(file), gate_);
    }

    Result<void> create_directories(const std::string& path) override {
        gate_.pass();
        return inner_->create_directories(path);
    }

    Result<std::vector<std::string>> list(const std::string& path) override {
        gate_.pass();
        return inner_->list(path);
    }

    Result<void> remove_file(const std::string& path) override {
        gate_.pass();
        return inner_->remove_file(path);
    }

    Result<void> remove_tree(const std::string& path) override {
        gate_.pass();
        return inner_->remove_tree(path);
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        gate_.pass();
        return inner_->rename(from, to);
    }

    Result<void> sync_directory(const std::string& path) override {
        gate_.pass();
        return inner_->sync_directory(path);
    }

    Result<std::string> read_file(const std::string& path) override {
        gate_.pass();
        return inner_->read_file(path);
    }

    Result<void> write_file_atomically(const std::string& path,
                                       const std::string& content) override {
        gate_.pass();
        return inner_->write_file_atomically(path, content);
    }

    Result<std::uint64_t> free_bytes(const std::string& path) override {
        gate_.pass();
        return inner_->free_bytes(path);
    }

  private:
    std::unique_ptr<runtime::FileSystem> inner_ = runtime::make_posix_file_system();
    Gate& gate_;
};

class RocksHangTest : public testing::Test {
  protected:
    RocksHangTest() {
        auto opened = tables_->open(files_, directory_ / "rows");
        CHECK(opened);
        rows_ = std::move(*opened);
        apply();
    }

    /// Changes rows, one of them `row`.
    void apply() {
        Commit change;
        const std::string body(4 * kKiB, 'b');
        for (std::size_t i = 0; i < 50; ++i) {
            change.writes.push_back({.key = "k" + std::to_string(i), .value = body});
        }
        change.writes.push_back({.key = "row", .value = "value"});
        const RecordPlace place{
            .lsn = ++lsn_, .epoch = 1, .committed = lsn_ - 1, .position = position_};
        const std::shared_ptr<const LogRecord> record =
            make_commit_record(place, kPartition, lsn_, change);
        position_ = record->end();
        CHECK(rows_->apply(std::array{record}));
    }

    void read_from_memory() {
        static_cast<void>(rows_->get(row_key(kPartition.str(), "row"), ReadFrom::Memory));
        static_cast<void>(rows_->get(row_key(kPartition.str(), "none"), ReadFrom::Memory));
        const auto walk = rows_->walk("", ReadFrom::Memory);
        walk->seek(row_key(kPartition.str(), "k"));
        while (walk->is_at_row()) {
            walk->next();
        }
    }

    /// Does `work` on another thread again and again, each time with a later call to the disk
    /// hanging, until it has none left to hang in.
    void expect_reads_go_on(const std::function<void()>& work) {
        runtime::DiskThreads worker("work", 1, 1);
        bool is_stopped = true;
        for (std::size_t call = 0; is_stopped; ++call) {
            apply();
            gate_.set_over(false);
            gate_.stop_at(call);
            worker.post([this, work] {
                work();
                gate_.set_over(true);
            });
            is_stopped = gate_.wait_stopped();
            std::future<void> reading =
                std::async(std::launch::async, [this] { read_from_memory(); });
            EXPECT_EQ(reading.wait_for(20s), std::future_status::ready)
                << "a read of memory waited for call " << call << " to the disk";
            gate_.let_go();
            reading.wait();
            gate_.wait_over();
            calls_ = call;
        }
        EXPECT_TRUE(worker.stop(60s));
        EXPECT_GT(calls_, 5U);
    }

    const PartitionId kPartition{"photos"};
    runtime::TemporaryDirectory directory_;
    Gate gate_;
    GatedFileSystem files_{gate_};
    std::unique_ptr<RowTables> tables_ = make_rocks_tables(8 * kMiB, 64 * kMiB);
    std::unique_ptr<RowTable> rows_;
    std::uint64_t lsn_ = 0;
    std::uint64_t position_ = 0;
    std::size_t calls_ = 0;
    std::atomic<bool> is_cancelled_ = false;
};

TEST_F(RocksHangTest, reads_memory_while_a_flush_hangs_wherever_that_is) {
    expect_reads_go_on([this] { EXPECT_TRUE(rows_->flush(true)); });
}

TEST_F(RocksHangTest, reads_memory_while_a_compaction_hangs_wherever_that_is) {
    expect_reads_go_on([this] {
        EXPECT_TRUE(rows_->flush(true));
        EXPECT_TRUE(rows_->reclaim(is_cancelled_));
    });
}

}  // namespace
}  // namespace antipode::index

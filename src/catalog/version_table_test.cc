#include "catalog/version_table.h"

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "index/memory_store.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace antipode::catalog {
namespace {

/// A partition on the reference engine, driven to completion call by call.
class VersionTable : public ::testing::Test {
  protected:
    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    void SetUp() override {
        partition_ = run(Partition::open(index_, index::PartitionId("p"), clock_)).value();
    }

    StoredVersion put(const std::string& key, bool is_null, bool is_marker = false) {
        PutVersion request;
        request.stored.version.key = key;
        request.stored.version.order.origin = "cn-hangzhou";
        request.stored.version.is_null = is_null;
        request.stored.version.is_delete_marker = is_marker;
        request.stored.version.size_bytes = is_marker ? 0 : 7;
        request.use_tombstones = true;
        return run(put_version(*partition_, std::move(request))).value().stored;
    }

    Outcome put_replica(ObjectVersion version) {
        PutVersion request;
        request.stored.version = std::move(version);
        request.stored.arrived_from = "cn-beijing";
        request.is_local = false;
        request.use_tombstones = true;
        return run(put_version(*partition_, std::move(request))).value().outcome;
    }

    PurgeResult purge(const std::string& key, std::optional<VersionOrder> order) {
        PurgeVersion request{.key = key,
                             .order = order,
                             .removal_order = {},
                             .arrived_from = {},
                             .region = "cn-hangzhou",
                             .use_tombstones = true};
        return run(purge_version(*partition_, std::move(request))).value();
    }

    std::vector<std::string> ids(const std::string& prefix = {}) {
        std::vector<std::string> out;
        for (const auto& entry :
             run(scan_versions(*partition_, prefix, {}, 1000)).value().entries) {
            out.push_back(entry.stored.version.key + (entry.is_latest ? "*" : "") +
                          (entry.stored.version.is_delete_marker ? "!" : ""));
        }
        return out;
    }

    /// Totals kept with the commits against a recount of what is there.
    void expect_totals_equal_recount() {
        const Totals totals = run(partition_->totals()).value();
        Totals recount;
        for (const auto& entry : run(scan_versions(*partition_, {}, {}, 100000)).value().entries) {
            const ObjectVersion& version = entry.stored.version;
            recount.slots.at(digest_slot(version.key)) += item_digest(version);
            (version.is_delete_marker ? recount.usage.markers : recount.usage.objects) += 1;
            recount.usage.bytes += static_cast<std::int64_t>(version.size_bytes);
        }
        EXPECT_EQ(totals.usage, recount.usage);
        EXPECT_EQ(totals.slots, recount.slots);
    }

    runtime::SimExecutor executor_{1};
    index::MemoryStore index_;
    HybridClock clock_;
    std::shared_ptr<Partition> partition_;
};

TEST_F(VersionTable, keeps_one_null_version) {
    put("a", true);
    const StoredVersion second = put("a", true);

    EXPECT_EQ(ids(), (std::vector<std::string>{"a*"}));
    EXPECT_EQ(run(find_latest(*partition_, "a")).value()->version, second.version);
    expect_totals_equal_recount();
}

TEST_F(VersionTable, lists_versions_newest_first_and_keys_in_order) {
    put("b", false);
    put("a", false);
    put("a", false, true);
    put("a!", false);

    EXPECT_EQ(ids(), (std::vector<std::string>{"a*!", "a", "a!*", "b*"}));
}

TEST_F(VersionTable, makes_the_next_older_version_the_latest_when_the_latest_is_purged) {
    const StoredVersion first = put("a", false);
    const StoredVersion second = put("a", false);

    purge("a", second.version.order);

    EXPECT_EQ(run(find_latest(*partition_, "a")).value()->version, first.version);
    EXPECT_EQ(ids(), (std::vector<std::string>{"a*"}));
    expect_totals_equal_recount();
}

TEST_F(VersionTable, finds_the_null_version_behind_newer_ones) {
    const StoredVersion null = put("a", true);
    put("a", false);
    put("a", false);

    EXPECT_EQ(run(find_null_version(*partition_, "a")).value()->version, null.version);
    put("a", true);
    EXPECT_EQ(ids().size(), 3U) << "the new null version has taken the old one's place";
    expect_totals_equal_recount();
}

/// Lets something happen between the first read of somebody else and his second.
class MeddlingStore final : public index::IndexStore {
  public:
    explicit MeddlingStore(index::IndexStore& inner) : inner_(inner) {}

    std::function<Task<Result<PurgeResult>>()> meddle;
    /// Between the scan of heads and that of older versions.
    std::function<Task<Result<PurgeResult>>()> meddle_after_scan;

    Task<Result<std::uint64_t>> acquire(index::PartitionId partition) override {
        return inner_.acquire(std::move(partition));
    }

    Task<Result<std::uint64_t>> commit(index::PartitionId partition,
                                       index::Commit change) override {
        return inner_.commit(std::move(partition), std::move(change));
    }

    Task<Result<std::vector<std::optional<std::string>>>> get(
        index::PartitionId partition, std::vector<std::string> keys) override {
        if (meddle && ++reads_ == 2) {
            const auto now = std::exchange(meddle, nullptr);
            EXPECT_TRUE(co_await now());
        }
        co_return co_await inner_.get(std::move(partition), std::move(keys));
    }

    Task<Result<index::ScanPage>> scan(index::PartitionId partition,
                                       index::ScanRange range) override {
        auto page = co_await inner_.scan(std::move(partition), std::move(range));
        if (meddle_after_scan) {
            const auto now = std::exchange(meddle_after_scan, nullptr);
            EXPECT_TRUE(co_await now());
        }
        co_return page;
    }

    Task<Result<std::uint64_t>> revision(index::PartitionId partition) override {
        return inner_.revision(std::move(partition));
    }

    Task<Result<void>> drop(index::PartitionId partition, std::uint64_t fence) override {
        return inner_.drop(std::move(partition), fence);
    }

  private:
    index::IndexStore& inner_;
    int reads_ = 0;
};

class MovingVersion : public VersionTable {
  protected:
    /// From now on the newest version of "a" is removed between two reads.
    void purge_between_reads(const VersionOrder& newest) {
        store_.meddle = [this, newest] {
            PurgeVersion request{.key = "a",
                                 .order = newest,
                                 .removal_order = {},
                                 .arrived_from = {},
                                 .region = "cn-hangzhou",
                                 .use_tombstones = true};
            return purge_version(*partition_, std::move(request));
        };
    }

    MeddlingStore store_{index_};

    void SetUp() override {
        partition_ = run(Partition::open(store_, index::PartitionId("p"), clock_)).value();
    }
};

TEST_F(MovingVersion, is_found_while_the_one_above_it_goes) {
    const StoredVersion first = put("a", false);
    purge_between_reads(put("a", false).version.order);

    const auto found = run(find_version(*partition_, "a", first.version.order)).value();

    ASSERT_TRUE(found);
    EXPECT_EQ(found->version, first.version);
}

TEST_F(MovingVersion, is_found_while_the_one_above_it_goes_when_it_is_the_null_version) {
    const StoredVersion first = put("a", true);
    purge_between_reads(put("a", false).version.order);

    const auto found = run(find_null_version(*partition_, "a")).value();

    ASSERT_TRUE(found);
    EXPECT_EQ(found->version, first.version);
}

TEST_F(MovingVersion, is_listed_while_the_one_above_it_goes) {
    const StoredVersion first = put("a", false);
    const StoredVersion second = put("a", false);
    const StoredVersion other = put("b", false);
    purge_between_reads(second.version.order);
    store_.meddle_after_scan = std::exchange(store_.meddle, nullptr);

    const auto page = run(scan_versions(*partition_, {}, {}, 10)).value();

    ASSERT_EQ(page.entries.size(), 2U);
    EXPECT_EQ(page.entries[0].stored.version, first.version);
    EXPECT_TRUE(page.entries[0].is_latest);
    EXPECT_EQ(page.entries[1].stored.version, other.version);
}

TEST_F(MovingVersion, is_listed_behind_a_page_that_ended_within_its_key) {
    const StoredVersion first = put("a", false);
    const StoredVersion second = put("a", false);
    const VersionPlace behind_second{.key = "a", .order = second.version.order};
    purge_between_reads(second.version.order);
    store_.meddle_after_scan = std::exchange(store_.meddle, nullptr);

    const auto page = run(scan_versions(*partition_, {}, behind_second, 10)).value();

    ASSERT_EQ(page.entries.size(), 1U);
    EXPECT_EQ(page.entries[0].stored.version, first.version);
}

TEST_F(MovingVersion, is_not_listed_when_it_went_and_nothing_else_is_missed) {
    put("a", false);
    const StoredVersion last = put("z", false);
    const auto only = run(scan_versions(*partition_, {}, {}, 1)).value().entries[0];
    purge_between_reads(only.stored.version.order);
    store_.meddle_after_scan = std::exchange(store_.meddle, nullptr);

    const auto page = run(scan_versions(*partition_, {}, {}, 1)).value();

    ASSERT_EQ(page.entries.size(), 1U) << "a page that goes on is not empty";
    EXPECT_EQ(page.entries[0].stored.version, last.version);
}

TEST_F(VersionTable, does_not_bring_back_what_was_removed) {
    const StoredVersion gone = put("a", false);
    purge("a", gone.version.order);
    EXPECT_EQ(put_replica(gone.version), Outcome::Superseded);

    const StoredVersion null = put("b", true);
    purge("b", std::nullopt);
    EXPECT_EQ(put_replica(null.version), Outcome::Superseded);
    EXPECT_TRUE(ids().empty());
}

TEST_F(VersionTable, takes_a_replica_once) {
    ObjectVersion version;
    version.key = "a";
    version.order = {.hlc = hlc_from_ms(1), .origin = "cn-beijing"};
    version.attributes_order = version.order;

    EXPECT_EQ(put_replica(version), Outcome::Applied);
    EXPECT_EQ(put_replica(version), Outcome::AlreadyThere);
    version.attributes.acl = Acl::PublicRead;
    version.attributes_order.hlc += 1;
    EXPECT_EQ(put_replica(version), Outcome::Applied);
    EXPECT_EQ(ids().size(), 1U);
    expect_totals_equal_recount();
}

TEST_F(VersionTable, appends_later_than_a_region_whose_clock_is_ahead_has_changed) {
    ObjectVersion version = put("elsewhere", false).version;
    version.key = "a";
    version.order.origin = "cn-beijing";
    version.attributes_order = {.hlc = version.order.hlc + hlc_from_ms(3'600'000),
                                .origin = "cn-beijing"};
    ASSERT_EQ(put_replica(version), Outcome::Applied);
    const auto there = run(find_latest(*partition_, "a")).value();
    ASSERT_TRUE(there);
    AppendVersion append{.stored = *there, .before = there, .writes = {}};

    const auto grown = run(append_version(*partition_, std::move(append)));

    ASSERT_TRUE(grown);
    EXPECT_GT(grown->version.attributes_order, version.attributes_order)
        << "or the other region takes it for the older one";
}

TEST_F(VersionTable, puts_an_older_replica_behind_the_latest) {
    const StoredVersion latest = put("a", false);
    ObjectVersion version;
    version.key = "a";
    version.order = {.hlc = hlc_from_ms(1), .origin = "cn-beijing"};

    EXPECT_EQ(put_replica(version), Outcome::Applied);

    EXPECT_EQ(run(find_latest(*partition_, "a")).value()->version, latest.version);
    EXPECT_EQ(ids(), (std::vector<std::string>{"a*", "a"}));
}

TEST_F(VersionTable, keeps_the_newer_null_version_whichever_arrives_last) {
    const StoredVersion newer = put("a", true);
    ObjectVersion older = newer.version;
    older.order = {.hlc = hlc_from_ms(1), .origin = "cn-beijing"};

    EXPECT_EQ(put_replica(older), Outcome::Superseded);
    EXPECT_EQ(run(find_latest(*partition_, "a")).value()->version, newer.version);
}

TEST_F(VersionTable, refuses_what_the_precondition_refuses) {
    put("a", true);
    PutVersion request;
    request.stored.version.key = "a";
    request.precondition = [](const StoredVersion* latest) -> Result<void> {
        return latest == nullptr ? Result<void>{} : fail(ErrorCode::ObjectAlreadyExists);
    };

    const auto refused = run(put_version(*partition_, std::move(request)));

    EXPECT_EQ(refused.error().code, ErrorCode::ObjectAlreadyExists);
}

TEST_F(VersionTable, writes_one_change_row_a_change) {
    put("a", true);
    put("a", true);
    purge("a", std::nullopt);

    const auto changes = run(partition_->read_changes(0, 100)).value();

    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[0].kind, ChangeKind::Put);
    EXPECT_EQ(changes[2].kind, ChangeKind::Purge);
    EXPECT_LT(changes[0].committed, changes[1].committed);
}

TEST_F(VersionTable, survives_a_checkpoint_and_a_reopening) {
    for (int i = 0; i < 50; ++i) {
        put("k" + std::to_string(i % 7), i % 3 == 0);
    }
    ASSERT_TRUE(run(partition_->checkpoint(1000)));
    put("after", false);

    partition_ = run(Partition::open(index_, index::PartitionId("p"), clock_)).value();

    expect_totals_equal_recount();
}

/// Two partitions that exchange their changes in any order, with repeats, end up the same.
class TwoSides : public VersionTable {};

TEST_F(TwoSides, converge_whatever_the_order_of_arrival) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        index::MemoryStore stores[2];
        HybridClock clocks[2];
        std::shared_ptr<Partition> sides[2];
        const std::string regions[2] = {"cn-hangzhou", "cn-beijing"};
        const bool is_null = seed % 2 == 0;
        for (int i = 0; i < 2; ++i) {
            sides[i] = run(Partition::open(stores[i], index::PartitionId("p"), clocks[i])).value();
        }
        for (int step = 0; step < 60; ++step) {
            const unsigned side = random() % 2;
            const std::string key(1, static_cast<char>('a' + random() % 3));
            const auto latest = run(find_latest(*sides[side], key)).value();
            if (random() % 4 == 0 && latest) {
                PurgeVersion request{.key = key,
                                     .order = {},
                                     .removal_order = {},
                                     .arrived_from = {},
                                     .region = regions[side],
                                     .use_tombstones = true};
                if (!is_null) {
                    request.order = latest->version.order;
                }
                ASSERT_TRUE(run(purge_version(*sides[side], std::move(request))));
            } else {
                PutVersion request;
                request.stored.version.key = key;
                request.stored.version.order.origin = regions[side];
                request.stored.version.is_null = is_null;
                request.use_tombstones = true;
                ASSERT_TRUE(run(put_version(*sides[side], std::move(request))));
            }
        }
        for (int round = 0; round < 2; ++round) {
            for (int from = 0; from < 2; ++from) {
                auto changes = run(sides[from]->read_changes(0, 10000)).value();
                std::shuffle(changes.begin(), changes.end(), random);
                for (const Change& change : changes) {
                    if (!change.arrived_from.empty()) {
                        continue;
                    }
                    if (change.kind == ChangeKind::Purge) {
                        PurgeVersion request{.key = change.key,
                                             .order = {},
                                             .removal_order = change.order,
                                             .arrived_from = regions[from],
                                             .region = regions[1 - from],
                                             .use_tombstones = true};
                        if (!change.is_null) {
                            request.order = change.order;
                        }
                        ASSERT_TRUE(run(purge_version(*sides[1 - from], std::move(request))));
                        continue;
                    }
                    const auto stored =
                        run(find_version(*sides[from], change.key, change.order)).value();
                    if (stored) {
                        PutVersion request;
                        request.stored.version = stored->version;
                        request.stored.arrived_from = regions[from];
                        request.is_local = false;
                        request.use_tombstones = true;
                        ASSERT_TRUE(run(put_version(*sides[1 - from], std::move(request))));
                    }
                }
            }
        }
        const Totals one = run(sides[0]->totals()).value();
        const Totals two = run(sides[1]->totals()).value();
        EXPECT_EQ(one.slots, two.slots) << "seed " << seed;
        EXPECT_EQ(one.usage, two.usage) << "seed " << seed;
    }
}

}  // namespace
}  // namespace antipode::catalog

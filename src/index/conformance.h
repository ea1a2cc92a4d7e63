#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/record.h"
#include "index/index_store.h"
#include "runtime/task_group.h"

namespace antipode::index::conformance {

/// What an engine brings along to be tested: default constructible, with
///     IndexStore& store();
///     void run(std::vector<Task<void>> tasks);   // all at once, until all have ended
template <typename Harness>
class IndexConformance : public testing::Test {
  protected:
    template <typename T>
    static Task<void> store_into(Task<T> task, std::optional<T>* out) {
        out->emplace(co_await task);
    }

    template <typename T>
    T await(Task<T> task) {
        std::optional<T> result;
        std::vector<Task<void>> tasks;
        tasks.push_back(store_into(std::move(task), &result));
        harness_.run(std::move(tasks));
        return std::move(*result);
    }

    IndexStore& store() { return harness_.store(); }

    std::uint64_t acquire(const PartitionId& partition) {
        return await(store().acquire(partition)).value();
    }

    Result<std::uint64_t> commit(const PartitionId& partition,
                                 std::uint64_t fence,
                                 std::vector<Guard> guards,
                                 std::vector<Write> writes) {
        Commit change{.fence = fence, .guards = std::move(guards), .writes = std::move(writes)};
        return await(store().commit(partition, std::move(change)));
    }

    /// Puts one row, whatever was there.
    Result<std::uint64_t> put(const PartitionId& partition,
                              std::uint64_t fence,
                              std::string key,
                              std::string value) {
        std::vector<Write> writes;
        writes.push_back({.key = std::move(key), .value = std::move(value)});
        return commit(partition, fence, {}, std::move(writes));
    }

    /// The value of one row, or "(absent)".
    std::string get(const PartitionId& partition, const std::string& key) {
        std::vector<std::string> keys{key};
        return await(store().get(partition, std::move(keys))).value().at(0).value_or("(absent)");
    }

    ScanPage scan(const PartitionId& partition, ScanRange range) {
        return await(store().scan(partition, std::move(range))).value();
    }

    /// "a=1 b=2 ...", with "..." when the page is truncated.
    std::string scan_text(const PartitionId& partition, ScanRange range) {
        const ScanPage page = scan(partition, std::move(range));
        std::string text;
        for (const Row& row : page.rows) {
            text += (text.empty() ? "" : " ") + row.key + "=" + row.value;
        }
        return page.is_truncated ? text + " ..." : text;
    }

    static ErrorCode code_of(const Result<std::uint64_t>& result) {
        return result ? ErrorCode::Internal : result.error().code;
    }

    /// Adds one to a counter row under a guard until it succeeds `times`; counts what it saw.
    static Task<void> increment(IndexStore* store,
                                PartitionId partition,
                                std::uint64_t fence,
                                int times) {
        for (int done = 0; done < times;) {
            std::vector<std::string> keys{"counter"};
            const auto before = co_await store->get(partition, std::move(keys));
            const std::optional<std::string> old = before.value().at(0);
            Commit change{.fence = fence, .guards = {}, .writes = {}};
            change.guards.push_back({"counter", old});
            change.writes.push_back(
                {.key = "counter", .value = std::to_string(old ? std::stoi(*old) + 1 : 1)});
            change.writes.push_back({.key = "log/", .value = "x", .stamped = true});
            const auto result = co_await store->commit(partition, std::move(change));
            if (result) {
                ++done;
            } else if (result.error().code != ErrorCode::Conflict) {
                ADD_FAILURE() << result.error().message;
                co_return;
            }
        }
    }

    /// Moves one unit back and forth between two rows, so that their sum is the same after every
    /// whole commit.
    static Task<void> transfer(IndexStore* store,
                               PartitionId partition,
                               std::uint64_t fence,
                               int times) {
        for (int i = 0; i < times; ++i) {
            Commit change{.fence = fence, .guards = {}, .writes = {}};
            change.writes.push_back({.key = "sum/left", .value = std::to_string(100 + i)});
            change.writes.push_back({.key = "sum/right", .value = std::to_string(100 - i)});
            const auto result = co_await store->commit(partition, std::move(change));
            EXPECT_TRUE(result);
        }
    }

    static Task<void> watch_sum(IndexStore* store, PartitionId partition, int times) {
        for (int i = 0; i < times; ++i) {
            ScanRange range{.prefix = "sum/"};
            const auto page = co_await store->scan(partition, std::move(range));
            int sum = 0;
            for (const Row& row : page.value().rows) {
                sum += std::stoi(row.value);
            }
            EXPECT_TRUE(sum == 0 || sum == 200) << sum;
            std::vector<std::string> keys{"sum/left", "sum/right"};
            const auto values = co_await store->get(partition, std::move(keys));
            sum = 0;
            for (const std::optional<std::string>& value : values.value()) {
                sum += value ? std::stoi(*value) : 0;
            }
            EXPECT_TRUE(sum == 0 || sum == 200) << sum;
        }
    }

    static Task<void> put_and_read_back(IndexStore* store,
                                        PartitionId partition,
                                        std::uint64_t fence,
                                        int writer) {
        for (int i = 0; i < 20; ++i) {
            const std::string key = "own/" + std::to_string(writer);
            const std::string value = std::to_string(i);
            Commit change{.fence = fence, .guards = {}, .writes = {}};
            change.writes.push_back({.key = key, .value = value});
            const auto result = co_await store->commit(partition, std::move(change));
            EXPECT_TRUE(result);
            std::vector<std::string> keys{key};
            const auto read = co_await store->get(partition, std::move(keys));
            EXPECT_EQ(read.value().at(0), value);
        }
    }

    Harness harness_;
    const PartitionId p_{"p"};
};

TYPED_TEST_SUITE_P(IndexConformance);

TYPED_TEST_P(IndexConformance, reads_what_was_committed) {
    const std::uint64_t fence = this->acquire(this->p_);

    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));

    EXPECT_EQ(this->get(this->p_, "a"), "1");
    EXPECT_EQ(this->get(this->p_, "b"), "(absent)");
}

TYPED_TEST_P(IndexConformance, answers_many_keys_in_their_order) {
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));
    EXPECT_TRUE(this->put(this->p_, fence, "b", "2"));

    std::vector<std::string> keys{"b", "none", "a", "b"};
    const auto values = this->await(this->store().get(this->p_, std::move(keys))).value();

    ASSERT_EQ(values.size(), 4U);
    EXPECT_EQ(values[0], "2");
    EXPECT_EQ(values[1], std::nullopt);
    EXPECT_EQ(values[2], "1");
    EXPECT_EQ(values[3], "2");
}

TYPED_TEST_P(IndexConformance, keeps_values_of_any_bytes) {
    const std::uint64_t fence = this->acquire(this->p_);
    const std::string key("k\0\xff\x01", 4);
    const std::string value("\0\n\xff", 3);

    EXPECT_TRUE(this->put(this->p_, fence, key, value));

    EXPECT_EQ(this->get(this->p_, key), value);
    EXPECT_EQ(this->get(this->p_, "k"), "(absent)");
}

TYPED_TEST_P(IndexConformance, deletes_rows_and_ignores_absent_ones) {
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));

    EXPECT_TRUE(this->commit(
        this->p_, fence, {}, {{.key = "a", .value = {}}, {.key = "never", .value = {}}}));

    EXPECT_EQ(this->get(this->p_, "a"), "(absent)");
}

TYPED_TEST_P(IndexConformance, lets_the_last_write_of_a_key_win_within_one_commit) {
    const std::uint64_t fence = this->acquire(this->p_);

    EXPECT_TRUE(this->commit(
        this->p_, fence, {}, {{.key = "a", .value = "1"}, {.key = "a", .value = "2"}}));
    EXPECT_TRUE(
        this->commit(this->p_, fence, {}, {{.key = "b", .value = "1"}, {.key = "b", .value = {}}}));

    EXPECT_EQ(this->get(this->p_, "a"), "2");
    EXPECT_EQ(this->get(this->p_, "b"), "(absent)");
}

TYPED_TEST_P(IndexConformance, writes_when_every_guard_holds) {
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));

    EXPECT_TRUE(
        this->commit(this->p_, fence, {{"a", "1"}, {"b", {}}}, {{.key = "b", .value = "2"}}));

    EXPECT_EQ(this->get(this->p_, "b"), "2");
}

TYPED_TEST_P(IndexConformance, writes_nothing_when_one_guard_does_not_hold) {
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));
    const std::vector<Write> writes{{.key = "a", .value = "9"}, {.key = "x", .value = "9"}};

    EXPECT_EQ(this->code_of(this->commit(this->p_, fence, {{"a", "2"}}, writes)),
              ErrorCode::Conflict);
    EXPECT_EQ(this->code_of(this->commit(this->p_, fence, {{"a", {}}}, writes)),
              ErrorCode::Conflict);
    EXPECT_EQ(this->code_of(this->commit(this->p_, fence, {{"b", "1"}}, writes)),
              ErrorCode::Conflict);
    EXPECT_EQ(this->code_of(this->commit(this->p_, fence, {{"a", "1"}, {"b", "1"}}, writes)),
              ErrorCode::Conflict);

    EXPECT_EQ(this->get(this->p_, "a"), "1");
    EXPECT_EQ(this->get(this->p_, "x"), "(absent)");
    EXPECT_EQ(this->await(this->store().revision(this->p_)), 1U);
}

TYPED_TEST_P(IndexConformance, sees_its_own_deletes_in_guards) {
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));
    EXPECT_TRUE(this->commit(this->p_, fence, {{"a", "1"}}, {{.key = "a", .value = {}}}));

    EXPECT_EQ(this->code_of(this->commit(this->p_, fence, {{"a", "1"}}, {})), ErrorCode::Conflict);
    EXPECT_TRUE(this->commit(this->p_, fence, {{"a", {}}}, {{.key = "a", .value = "2"}}));
}

TYPED_TEST_P(IndexConformance, gives_dense_revisions_from_1_in_each_partition) {
    const PartitionId other{"other"};
    const std::uint64_t fence = this->acquire(this->p_);
    const std::uint64_t other_fence = this->acquire(other);
    EXPECT_EQ(this->await(this->store().revision(this->p_)), 0U);

    EXPECT_EQ(this->put(this->p_, fence, "a", "1"), 1U);
    EXPECT_EQ(this->put(other, other_fence, "a", "1"), 1U);
    EXPECT_EQ(this->code_of(this->commit(this->p_, fence, {{"a", {}}}, {})), ErrorCode::Conflict);
    EXPECT_EQ(this->put(this->p_, fence, "b", "1"), 2U);
    EXPECT_EQ(this->commit(this->p_, fence, {}, {}), 3U);

    EXPECT_EQ(this->await(this->store().revision(this->p_)), 3U);
    EXPECT_EQ(this->await(this->store().revision(other)), 1U);
    EXPECT_EQ(this->await(this->store().revision(PartitionId("unknown"))), 0U);
}

TYPED_TEST_P(IndexConformance, stamps_keys_with_the_revision_of_their_commit) {
    const std::uint64_t fence = this->acquire(this->p_);

    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));
    EXPECT_TRUE(this->commit(this->p_,
                             fence,
                             {},
                             {{.key = "log/", .value = "second", .stamped = true},
                              {.key = "other/", .value = "also", .stamped = true},
                              {.key = "plain", .value = "x"}}));

    EXPECT_EQ(this->get(this->p_, "log/" + big_endian(2)), "second");
    EXPECT_EQ(this->get(this->p_, "other/" + big_endian(2)), "also");
    EXPECT_EQ(this->get(this->p_, "plain"), "x");
}

TYPED_TEST_P(IndexConformance, refuses_an_owner_that_was_replaced) {
    const std::uint64_t old_fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(this->p_, old_fence, "a", "old"));
    const std::uint64_t new_fence = this->acquire(this->p_);
    EXPECT_GT(new_fence, old_fence);

    EXPECT_EQ(this->code_of(this->put(this->p_, old_fence, "a", "late")), ErrorCode::Fenced);
    EXPECT_EQ(this->get(this->p_, "a"), "old");
    EXPECT_TRUE(this->put(this->p_, new_fence, "a", "new"));

    EXPECT_EQ(this->get(this->p_, "a"), "new");
    EXPECT_EQ(this->await(this->store().drop(this->p_, old_fence)).error().code, ErrorCode::Fenced);
    EXPECT_EQ(this->get(this->p_, "a"), "new");
}

TYPED_TEST_P(IndexConformance, refuses_a_commit_without_an_owner) {
    EXPECT_EQ(this->code_of(this->put(this->p_, 0, "a", "1")), ErrorCode::Fenced);
    EXPECT_EQ(this->code_of(this->put(this->p_, 7, "a", "1")), ErrorCode::Fenced);
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_EQ(this->code_of(this->put(this->p_, 0, "a", "1")), ErrorCode::Fenced);
    EXPECT_EQ(this->code_of(this->put(this->p_, fence + 1, "a", "1")), ErrorCode::Fenced);

    EXPECT_EQ(this->get(this->p_, "a"), "(absent)");
}

TYPED_TEST_P(IndexConformance, scans_in_order_of_bytes_within_the_prefix) {
    const std::uint64_t fence = this->acquire(this->p_);
    for (const char* key : {"b/2", "a", "b/10", "b/\xff", "b", "b0", "c", "b/"}) {
        EXPECT_TRUE(this->put(this->p_, fence, key, "v"));
    }

    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "b/"}), "b/=v b/10=v b/2=v b/\xff=v");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "", .after = "b/2"}), "b/\xff=v b0=v c=v");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "b/", .after = "a"}),
              "b/=v b/10=v b/2=v b/\xff=v");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "b/", .after = "b/1"}), "b/10=v b/2=v b/\xff=v");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "b/", .after = "c"}), "");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "zz"}), "");
    EXPECT_EQ(this->scan_text(PartitionId("unknown"), {}), "");
}

TYPED_TEST_P(IndexConformance, scans_to_the_end_under_a_prefix_of_ff_bytes) {
    const std::uint64_t fence = this->acquire(this->p_);
    const PartitionId neighbour{"q"};
    EXPECT_TRUE(this->put(neighbour, this->acquire(neighbour), "\xff\xff\x01", "not mine"));
    EXPECT_TRUE(this->put(this->p_, fence, "\xff\xff", "1"));
    EXPECT_TRUE(this->put(this->p_, fence, "\xff\xff\xff", "2"));

    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "\xff\xff"}), "\xff\xff=1 \xff\xff\xff=2");
}

TYPED_TEST_P(IndexConformance, pages_without_gap_or_repeat) {
    const std::uint64_t fence = this->acquire(this->p_);
    std::vector<Write> writes;
    for (int i = 0; i < 25; ++i) {
        writes.push_back({.key = "k" + std::to_string(10 + i), .value = "v"});
    }
    EXPECT_TRUE(this->commit(this->p_, fence, {}, std::move(writes)));

    std::vector<std::string> seen;
    ScanPage page;
    do {
        page = this->scan(this->p_,
                          {.prefix = "k", .after = seen.empty() ? "" : seen.back(), .limit = 5});
        EXPECT_EQ(page.rows.size(), 5U);
        for (const Row& row : page.rows) {
            seen.push_back(row.key);
        }
    } while (page.is_truncated);

    ASSERT_EQ(seen.size(), 25U);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i], "k" + std::to_string(10 + i));
    }
}

TYPED_TEST_P(IndexConformance, is_truncated_only_when_rows_of_the_prefix_follow) {
    const std::uint64_t fence = this->acquire(this->p_);
    for (const char* key : {"a1", "a2", "b"}) {
        EXPECT_TRUE(this->put(this->p_, fence, key, "v"));
    }

    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "a", .limit = 2}), "a1=v a2=v");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "a", .limit = 1}), "a1=v ...");
    EXPECT_EQ(this->scan_text(this->p_, {.prefix = "", .limit = 2}), "a1=v a2=v ...");
}

TYPED_TEST_P(IndexConformance, ends_a_page_early_when_it_grows_too_large) {
    const std::uint64_t fence = this->acquire(this->p_);
    const std::string value(1000, 'v');
    for (const char* key : {"a", "b", "c"}) {
        EXPECT_TRUE(this->put(this->p_, fence, key, value));
    }

    const ScanPage two = this->scan(this->p_, {.prefix = "", .bytes_max = 2500});
    const ScanPage one = this->scan(this->p_, {.prefix = "", .bytes_max = 1});

    EXPECT_EQ(two.rows.size(), 2U);
    EXPECT_TRUE(two.is_truncated);
    EXPECT_EQ(one.rows.size(), 1U);
    EXPECT_TRUE(one.is_truncated);
}

TYPED_TEST_P(IndexConformance, keeps_partitions_apart_even_when_one_name_begins_another) {
    const PartitionId shorter{"p"};
    const PartitionId longer{"pa"};
    const std::uint64_t fence = this->acquire(shorter);
    const std::uint64_t longer_fence = this->acquire(longer);

    EXPECT_TRUE(this->put(shorter, fence, "ab", "short"));
    EXPECT_TRUE(this->put(longer, longer_fence, "b", "long"));

    EXPECT_EQ(this->get(shorter, "ab"), "short");
    EXPECT_EQ(this->get(longer, "b"), "long");
    EXPECT_EQ(this->scan_text(shorter, {}), "ab=short");
    EXPECT_EQ(this->scan_text(longer, {}), "b=long");
}

TYPED_TEST_P(IndexConformance, refuses_what_is_too_large_or_empty) {
    const std::uint64_t fence = this->acquire(this->p_);
    const auto code = [&](std::vector<Guard> guards, std::vector<Write> writes) {
        return this->code_of(this->commit(this->p_, fence, std::move(guards), std::move(writes)));
    };
    std::vector<Write> many;
    for (int i = 0; i < 17; ++i) {
        many.push_back({.key = "m" + std::to_string(i), .value = std::string(kValueBytesMax, 'v')});
    }

    EXPECT_EQ(code({}, {{.key = std::string(kKeyBytesMax + 1, 'k'), .value = "v"}}),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(
        code({}, {{.key = std::string(kKeyBytesMax - 7, 'k'), .value = "v", .stamped = true}}),
        ErrorCode::InvalidArgument);
    EXPECT_EQ(code({}, {{.key = "k", .value = std::string(kValueBytesMax + 1, 'v')}}),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(code({}, {{.key = "k", .value = ""}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({}, {{.key = "", .value = "v"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({{"k", ""}}, {}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({}, {{.key = "k", .value = {}, .stamped = true}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({}, std::move(many)), ErrorCode::InvalidArgument);
    EXPECT_EQ(this->await(this->store().acquire(PartitionId())).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_EQ(this->await(this->store().scan(this->p_, {.prefix = "", .limit = 0})).error().code,
              ErrorCode::InvalidArgument);

    EXPECT_EQ(this->await(this->store().revision(this->p_)), 0U);
    EXPECT_EQ(this->scan_text(this->p_, {}), "");
}

TYPED_TEST_P(IndexConformance, takes_rows_of_the_largest_size) {
    const std::uint64_t fence = this->acquire(this->p_);
    const std::string key(kKeyBytesMax, 'k');
    const std::string value(kValueBytesMax, 'v');
    const std::string stem(kKeyBytesMax - 8, 's');

    EXPECT_TRUE(this->commit(this->p_, fence, {}, {{.key = key, .value = value}}));
    EXPECT_TRUE(this->commit(
        this->p_, fence, {{key, value}}, {{.key = stem, .value = value, .stamped = true}}));

    EXPECT_EQ(this->get(this->p_, key), value);
    EXPECT_EQ(this->get(this->p_, stem + big_endian(2)), value);
}

TYPED_TEST_P(IndexConformance, decides_concurrent_guarded_commits_one_after_another) {
    const std::uint64_t fence = this->acquire(this->p_);
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 8; ++i) {
        tasks.push_back(this->increment(&this->store(), this->p_, fence, 10));
    }

    this->harness_.run(std::move(tasks));

    EXPECT_EQ(this->get(this->p_, "counter"), "80");
    EXPECT_EQ(this->await(this->store().revision(this->p_)), 80U);
    const ScanPage page = this->scan(this->p_, {.prefix = "log/"});
    ASSERT_EQ(page.rows.size(), 80U);
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
        EXPECT_EQ(page.rows[i].key, "log/" + big_endian(i + 1));
    }
}

TYPED_TEST_P(IndexConformance, never_shows_half_a_commit) {
    const std::uint64_t fence = this->acquire(this->p_);
    std::vector<Task<void>> tasks;
    tasks.push_back(this->transfer(&this->store(), this->p_, fence, 100));
    for (int i = 0; i < 3; ++i) {
        tasks.push_back(this->watch_sum(&this->store(), this->p_, 100));
    }

    this->harness_.run(std::move(tasks));

    EXPECT_EQ(this->get(this->p_, "sum/left"), "199");
}

TYPED_TEST_P(IndexConformance, reads_its_own_commit_at_once) {
    const std::uint64_t fence = this->acquire(this->p_);
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 8; ++i) {
        tasks.push_back(this->put_and_read_back(&this->store(), this->p_, fence, i));
    }

    this->harness_.run(std::move(tasks));

    EXPECT_EQ(this->scan(this->p_, {.prefix = "own/"}).rows.size(), 8U);
}

TYPED_TEST_P(IndexConformance, drops_a_partition_with_its_rows_and_goes_on_counting) {
    const PartitionId neighbour{"pp"};
    const std::uint64_t fence = this->acquire(this->p_);
    EXPECT_TRUE(this->put(neighbour, this->acquire(neighbour), "a", "stays"));
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));
    EXPECT_TRUE(this->put(this->p_, fence, "b", "2"));

    EXPECT_TRUE(this->await(this->store().drop(this->p_, fence)));
    EXPECT_TRUE(this->await(this->store().drop(this->p_, fence)));

    EXPECT_EQ(this->scan_text(this->p_, {}), "");
    EXPECT_EQ(this->get(this->p_, "a"), "(absent)");
    EXPECT_EQ(this->get(neighbour, "a"), "stays");
    const std::uint64_t again = this->acquire(this->p_);
    EXPECT_GT(again, fence);
    EXPECT_EQ(this->commit(this->p_, again, {{"a", {}}}, {{.key = "a", .value = "3"}}), 3U);
    EXPECT_EQ(this->scan_text(this->p_, {}), "a=3");
}

REGISTER_TYPED_TEST_SUITE_P(IndexConformance,
                            reads_what_was_committed,
                            answers_many_keys_in_their_order,
                            keeps_values_of_any_bytes,
                            deletes_rows_and_ignores_absent_ones,
                            lets_the_last_write_of_a_key_win_within_one_commit,
                            writes_when_every_guard_holds,
                            writes_nothing_when_one_guard_does_not_hold,
                            sees_its_own_deletes_in_guards,
                            gives_dense_revisions_from_1_in_each_partition,
                            stamps_keys_with_the_revision_of_their_commit,
                            refuses_an_owner_that_was_replaced,
                            refuses_a_commit_without_an_owner,
                            scans_in_order_of_bytes_within_the_prefix,
                            scans_to_the_end_under_a_prefix_of_ff_bytes,
                            pages_without_gap_or_repeat,
                            is_truncated_only_when_rows_of_the_prefix_follow,
                            ends_a_page_early_when_it_grows_too_large,
                            keeps_partitions_apart_even_when_one_name_begins_another,
                            refuses_what_is_too_large_or_empty,
                            takes_rows_of_the_largest_size,
                            decides_concurrent_guarded_commits_one_after_another,
                            never_shows_half_a_commit,
                            reads_its_own_commit_at_once,
                            drops_a_partition_with_its_rows_and_goes_on_counting);

/// For an engine that keeps what it holds; its harness has also
///     void reopen();   // an orderly close and open
template <typename Harness>
class DurableIndexConformance : public IndexConformance<Harness> {};

TYPED_TEST_SUITE_P(DurableIndexConformance);

TYPED_TEST_P(DurableIndexConformance, keeps_everything_over_an_orderly_restart) {
    const PartitionId dropped{"dropped"};
    const std::uint64_t fence = this->acquire(this->p_);
    const std::uint64_t dropped_fence = this->acquire(dropped);
    EXPECT_TRUE(this->put(this->p_, fence, "a", "1"));
    EXPECT_TRUE(this->put(this->p_, fence, "b", "2"));
    EXPECT_TRUE(this->commit(this->p_, fence, {}, {{.key = "a", .value = {}}}));
    EXPECT_TRUE(this->put(dropped, dropped_fence, "gone", "x"));
    EXPECT_TRUE(this->await(this->store().drop(dropped, dropped_fence)));

    this->harness_.reopen();

    EXPECT_EQ(this->scan_text(this->p_, {}), "b=2");
    EXPECT_EQ(this->scan_text(dropped, {}), "");
    EXPECT_EQ(this->await(this->store().revision(this->p_)), 3U);
    EXPECT_EQ(this->put(dropped, this->acquire(dropped), "new", "y"), 2U);
    const std::uint64_t next = this->acquire(this->p_);
    EXPECT_GT(next, fence);
    EXPECT_EQ(this->code_of(this->put(this->p_, fence, "a", "late")), ErrorCode::Fenced);
    EXPECT_EQ(this->put(this->p_, next, "c", "3"), 4U);
}

REGISTER_TYPED_TEST_SUITE_P(DurableIndexConformance, keeps_everything_over_an_orderly_restart);

}  // namespace antipode::index::conformance

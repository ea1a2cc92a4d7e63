#include "catalog/catalog.h"

#include <algorithm>

#include "catalog/key_layout.h"
#include "catalog/lifecycle_rows.h"
#include "catalog/row_format.h"

namespace antipode::catalog {

std::string random_hex(std::size_t bytes) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    constexpr std::size_t kDigitsPerDraw = 16;
    std::string out;
    std::uint64_t draw = 0;
    while (out.size() < 2 * bytes) {
        if (out.size() % kDigitsPerDraw == 0) {
            draw = runtime::Executor::current().entropy();
        }
        out.push_back(kDigits[draw & 15U]);
        draw >>= 4U;
    }
    return out;
}

Task<Result<void>> Catalog::load() {
    run_id_ = random_hex(8);
    CO_TRY(root_,
           co_await Partition::open(
               index_, index::PartitionId(std::string(rows::kRootPartition)), clock_));
    std::string after;
    while (true) {
        index::ScanRange range{
            .prefix = std::string(rows::kBuckets), .after = after, .limit = 1000};
        CO_TRY(const auto page, co_await root_->scan(std::move(range)));
        for (const index::Row& row : page.rows) {
            CO_TRY(Bucket bucket, decode_bucket(row.value));
            CO_TRY(auto partition,
                   co_await Partition::open(index_, index::PartitionId(bucket.id), clock_));
            std::string name = bucket.name.str();
            auto open =
                std::make_shared<OpenBucket>(std::move(bucket), row.value, std::move(partition));
            const std::scoped_lock lock(mutex_);
            buckets_.emplace(std::move(name), std::move(open));
        }
        if (!page.is_truncated) {
            co_return co_await load_lifecycles();
        }
        after = page.rows.back().key;
    }
}

Task<Result<void>> Catalog::load_lifecycles() {
    struct Record {
        std::string bytes;
        std::uint64_t pieces = 0;
    };

    std::map<std::string, Record, std::less<>> records;
    std::string after;
    while (true) {
        index::ScanRange range{
            .prefix = std::string(rows::kLifecycles), .after = after, .limit = 1000};
        CO_TRY(const auto page, co_await root_->scan(std::move(range)));
        for (const index::Row& row : page.rows) {
            Record& record = records[std::string(rows::bucket_id_of(row.key))];
            record.bytes += row.value;
            ++record.pieces;
        }
        if (!page.is_truncated) {
            break;
        }
        after = page.rows.back().key;
    }
    for (const auto& bucket : buckets()) {
        const auto found = records.find(bucket->config()->id);
        if (found != records.end()) {
            CO_TRY(LifecycleRules rules, decode_lifecycle(found->second.bytes));
            bucket->lifecycle_ = std::make_shared<const LifecycleRules>(std::move(rules));
            bucket->lifecycle_pieces_ = found->second.pieces;
        }
    }
    co_return Result<void>{};
}

std::shared_ptr<OpenBucket> Catalog::find_bucket(const BucketName& name) const {
    const std::scoped_lock lock(mutex_);
    const auto found = buckets_.find(name.str());
    return found == buckets_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<OpenBucket>> Catalog::buckets() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::shared_ptr<OpenBucket>> out;
    out.reserve(buckets_.size());
    for (const auto& [name, bucket] : buckets_) {
        out.push_back(bucket);
    }
    return out;
}

Task<Result<std::shared_ptr<OpenBucket>>> Catalog::create_bucket(Bucket bucket) {
    const auto held = co_await config_locks_.lock(bucket.name.str());
    if (find_bucket(bucket.name)) {
        co_return fail(ErrorCode::Conflict, "the bucket name is taken");
    }
    bucket.id = random_hex(8);
    CO_TRY(auto partition, co_await Partition::open(index_, index::PartitionId(bucket.id), clock_));
    const std::string name = bucket.name.str();
    std::string row = encode(bucket);
    std::vector<index::Guard> guards;
    guards.push_back({.key = rows::bucket(name), .expected = std::nullopt});
    std::vector<index::Write> writes;
    writes.push_back({.key = rows::bucket(name), .value = row});
    CO_TRY_VOID(co_await root_->commit(std::move(guards), std::move(writes), std::nullopt));
    auto open =
        std::make_shared<OpenBucket>(std::move(bucket), std::move(row), std::move(partition));
    const std::scoped_lock lock(mutex_);
    buckets_.emplace(name, open);
    co_return open;
}

Task<Result<void>> Catalog::remove_bucket(std::shared_ptr<OpenBucket> bucket) {
    const std::string name = bucket->config()->name.str();
    const auto held = co_await config_locks_.lock(name);
    std::vector<index::Guard> guards;
    guards.push_back({.key = rows::bucket(name), .expected = bucket->row_});
    std::vector<index::Write> writes;
    writes.push_back({.key = rows::bucket(name), .value = std::nullopt});
    for (std::uint64_t piece = 0; piece < bucket->lifecycle_pieces_; ++piece) {
        writes.push_back(
            {.key = rows::lifecycle(bucket->config()->id, piece), .value = std::nullopt});
    }
    CO_TRY_VOID(co_await root_->commit(std::move(guards), std::move(writes), std::nullopt));
    {
        const std::scoped_lock lock(mutex_);
        buckets_.erase(name);
    }
    co_return co_await bucket->partition().drop();
}

Task<Result<std::shared_ptr<const Bucket>>> Catalog::change_bucket(
    OpenBucket& bucket, std::function<Result<void>(Bucket&)> change) {
    const std::string name = bucket.config()->name.str();
    const auto held = co_await config_locks_.lock(name);
    Bucket changed = *bucket.config();
    CO_TRY_VOID(change(changed));
    std::string row = encode(changed);
    if (row.size() > index::kValueBytesMax) {
        co_return fail(ErrorCode::EntityTooLarge, "The bucket's configuration is too large.");
    }
    std::vector<index::Guard> guards;
    guards.push_back({.key = rows::bucket(name), .expected = bucket.row_});
    std::vector<index::Write> writes;
    writes.push_back({.key = rows::bucket(name), .value = row});
    CO_TRY_VOID(co_await root_->commit(std::move(guards), std::move(writes), std::nullopt));
    const std::scoped_lock lock(bucket.mutex_);
    bucket.row_ = std::move(row);
    bucket.config_ = std::make_shared<const Bucket>(std::move(changed));
    co_return bucket.config_;
}

Task<Result<void>> Catalog::put_lifecycle(OpenBucket& bucket, LifecycleRules rules) {
    const auto config = bucket.config();
    const auto held = co_await config_locks_.lock(config->name.str());
    const std::string record = rules.empty() ? std::string() : encode(rules);
    if (record.size() > kLifecycleBytesMax) {
        co_return fail(ErrorCode::EntityTooLarge, "The lifecycle configuration is too large.");
    }
    std::vector<std::string> pieces = cut_lifecycle(record);
    const std::uint64_t count = pieces.size();
    std::vector<index::Guard> guards;
    guards.push_back({.key = rows::bucket(config->name.str()), .expected = bucket.row_});
    std::vector<index::Write> writes;
    for (std::uint64_t number = 0; number < std::max(count, bucket.lifecycle_pieces_); ++number) {
        index::Write write{.key = rows::lifecycle(config->id, number), .value = std::nullopt};
        if (number < count) {
            write.value = std::move(pieces[number]);
        }
        writes.push_back(std::move(write));
    }
    if (!writes.empty()) {
        CO_TRY_VOID(co_await root_->commit(std::move(guards), std::move(writes), std::nullopt));
    }
    const std::scoped_lock lock(bucket.mutex_);
    bucket.lifecycle_ =
        rules.empty() ? nullptr : std::make_shared<const LifecycleRules>(std::move(rules));
    bucket.lifecycle_pieces_ = count;
    co_return Result<void>{};
}

Task<Result<std::optional<std::string>>> Catalog::get_setting(std::string name) {
    return root_->get(rows::setting(name));
}

Task<Result<void>> Catalog::put_setting(std::string name, std::optional<std::string> value) {
    std::vector<index::Write> writes;
    writes.push_back({.key = rows::setting(name), .value = std::move(value)});
    CO_TRY_VOID(co_await root_->commit({}, std::move(writes), std::nullopt));
    co_return Result<void>{};
}

Task<Result<NamedValues>> Catalog::list_settings(std::string prefix) {
    NamedValues out;
    std::string after;
    while (true) {
        index::ScanRange range{.prefix = rows::setting(prefix), .after = after, .limit = 1000};
        CO_TRY(auto page, co_await root_->scan(std::move(range)));
        for (index::Row& row : page.rows) {
            out.emplace_back(row.key.substr(rows::kSettings.size()), std::move(row.value));
        }
        if (!page.is_truncated) {
            co_return out;
        }
        after = rows::setting(out.back().first);
    }
}

}  // namespace antipode::catalog

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "catalog/body_place.h"
#include "catalog/hybrid_clock.h"
#include "catalog/partition.h"
#include "index/index_store.h"
#include "model/bucket.h"
#include "model/lifecycle_rule.h"
#include "runtime/task.h"

namespace antipode::catalog {

/// A bucket in use: its configuration (a snapshot that is replaced as a whole) and its partition.
/// Threads: any executor.
class OpenBucket {
  public:
    OpenBucket(Bucket config, std::string row, std::shared_ptr<Partition> partition)
        : config_(std::make_shared<const Bucket>(std::move(config))),
          row_(std::move(row)),
          partition_(std::move(partition)) {}

    [[nodiscard]] std::shared_ptr<const Bucket> config() const {
        const std::scoped_lock lock(mutex_);
        return config_;
    }

    /// Null when there are no rules.
    [[nodiscard]] std::shared_ptr<const LifecycleRules> lifecycle() const {
        const std::scoped_lock lock(mutex_);
        return lifecycle_;
    }

    [[nodiscard]] Partition& partition() const { return *partition_; }

  private:
    friend class Catalog;

    mutable std::mutex mutex_;
    std::shared_ptr<const Bucket> config_;
    std::string row_;  ///< As stored, for the guard of the next change.
    std::shared_ptr<const LifecycleRules> lifecycle_;
    std::uint64_t lifecycle_pieces_ = 0;  ///< Rows they are kept in.
    std::shared_ptr<Partition> partition_;
};

struct CatalogOptions {
    std::string region;
};

/// Buckets and settings of a region, and the partitions of its buckets. One per process; the
/// process owns all partitions (embedded engine). Threads: any executor.
class Catalog final : public blob::Liveness {
  public:
    Catalog(index::IndexStore& index, CatalogOptions options)
        : index_(index), options_(std::move(options)) {}

    /// Reads all buckets and opens their partitions. Once, before anything else.
    Task<Result<void>> load();

    [[nodiscard]] const std::string& region() const { return options_.region; }

    [[nodiscard]] HybridClock& clock() { return clock_; }

    /// Differs in every run of the process.
    [[nodiscard]] const std::string& run_id() const { return run_id_; }

    /// Null when there is none.
    [[nodiscard]] std::shared_ptr<OpenBucket> find_bucket(const BucketName& name) const;
    /// In name order.
    [[nodiscard]] std::vector<std::shared_ptr<OpenBucket>> buckets() const;
    /// Conflict when the name is taken. `bucket.id` is set here.
    Task<Result<std::shared_ptr<OpenBucket>>> create_bucket(Bucket bucket);
    /// The caller has made sure that it is empty.
    Task<Result<void>> remove_bucket(std::shared_ptr<OpenBucket> bucket);
    /// Changes the configuration under a lock; an error of `change` changes nothing.
    Task<Result<std::shared_ptr<const Bucket>>> change_bucket(
        OpenBucket& bucket, std::function<Result<void>(Bucket&)> change);

    /// Replaces the lifecycle rules of a bucket; none = removes them. EntityTooLarge.
    Task<Result<void>> put_lifecycle(OpenBucket& bucket, LifecycleRules rules);

    /// Small named values of the region (accounts, the link's secret, replication's own notes).
    Task<Result<std::optional<std::string>>> get_setting(std::string name);
    /// No value = remove.
    Task<Result<void>> put_setting(std::string name, std::optional<std::string> value);
    /// Names start with `prefix`; pairs of full name and value.
    Task<Result<NamedValues>> list_settings(std::string prefix);

    Task<Result<std::vector<blob::NamedBlob>>> named_blobs(std::string& cursor) override;
    Task<Result<bool>> replace(blob::NamedBlob from, blob::BlobRef to) override;
    /// Whose bytes these are; of a part only its manifest (find_keys()). Nothing when the row that
    /// named the blob has gone or names another one.
    Task<Result<std::optional<BodyPlace>>> locate(blob::NamedBlob named);

  private:
    Task<Result<void>> load_lifecycles();

    index::IndexStore& index_;
    CatalogOptions options_;
    HybridClock clock_;
    std::string run_id_;
    std::shared_ptr<Partition> root_;
    runtime::KeyLocks config_locks_;

    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<OpenBucket>> buckets_;
};

/// Random, for names that must be unique: `bytes` * 2 upper-case hex digits.
std::string random_hex(std::size_t bytes);

}  // namespace antipode::catalog

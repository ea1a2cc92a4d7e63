#include "object/bucket_service.h"

#include <algorithm>

#include "access/authorize.h"
#include "base/mutant.h"
#include "catalog/catalog.h"
#include "catalog/upload_table.h"
#include "catalog/version_table.h"
#include "object/detail/body_seal.h"
#include "object/service.h"

namespace antipode::object {

namespace {

/// OSS allows 100 and S3 10,000 by default; here it only bounds memory.
constexpr std::size_t kBucketsPerAccountMax = 1000;

using BucketPtr = std::shared_ptr<catalog::OpenBucket>;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

class BucketServiceImpl final : public BucketService {
  public:
    BucketServiceImpl(catalog::Catalog& catalog, const sealing::KeySource* keys)
        : catalog_(catalog), keys_(keys) {}

    Task<Result<Bucket>> create_bucket(const Caller& caller, CreateBucketRequest request) override {
        if (caller.principal.is_anonymous()) {
            co_return fail(ErrorCode::AccessDenied,
                           "Anonymous access is forbidden for this operation.");
        }
        CO_TRY_VOID(check_bucket_name(request.name.str(), request.allow_dots));
        if (request.location && *request.location != catalog_.region()) {
            co_return fail(ErrorCode::InvalidLocationConstraint,
                           "The specified location-constraint is not valid: this region is " +
                               catalog_.region() + ".");
        }
        if (const BucketPtr there = catalog_.find_bucket(request.name)) {
            co_return co_await create_again(caller, there, std::move(request));
        }
        std::size_t owned = 0;
        for (const BucketPtr& bucket : catalog_.buckets()) {
            owned += bucket->config()->owner == caller.principal.account ? 1 : 0;
        }
        if (owned >= kBucketsPerAccountMax) {
            co_return fail(ErrorCode::TooManyBuckets,
                           "You have attempted to create more buckets than allowed.");
        }
        Bucket bucket;
        bucket.name = request.name;
        bucket.owner = caller.principal.account;
        bucket.created_ms = now_ms();
        bucket.acl = request.acl.value_or(Acl::Private);
        bucket.storage_class = request.storage_class;
        bucket.redundancy = request.redundancy;
        auto created = co_await catalog_.create_bucket(std::move(bucket));
        if (!created && created.error().code == ErrorCode::Conflict) {
            co_return fail(ErrorCode::BucketAlreadyExists,
                           "The requested bucket name is not available.");
        }
        CO_TRY_VOID(created);
        co_return *(*created)->config();
    }

    Task<Result<void>> delete_bucket(const Caller& caller, BucketName name) override {
        CO_TRY(const BucketPtr bucket, own(caller, name));
        if (bucket->config()->has_live_rule()) {
            co_return fail(ErrorCode::InvalidBucketStatus,
                           "The bucket takes part in a replication rule; remove the rule first.");
        }
        CO_TRY(const auto versions, co_await catalog::scan_latest(bucket->partition(), {}, {}, 1));
        CO_TRY(const auto uploads,
               co_await catalog::scan_uploads(bucket->partition(), {}, {}, {}, 1));
        if (is_planted(Mutant::BucketWaitsForDestination)) {
            CO_TRY(const auto untold, co_await catalog_.list_settings("closing/"));
            if (!untold.empty()) {
                co_return fail(ErrorCode::BucketNotEmpty);
            }
        }
        if (!versions.versions.empty() || !uploads.uploads.empty()) {
            co_return fail(ErrorCode::BucketNotEmpty,
                           "The bucket you tried to delete is not empty.");
        }
        co_return co_await catalog_.remove_bucket(bucket);
    }

    Task<Result<std::vector<Bucket>>> list_buckets(const Caller& caller) override {
        if (caller.principal.is_anonymous()) {
            co_return fail(ErrorCode::AccessDenied,
                           "Anonymous access is forbidden for this operation.");
        }
        std::vector<Bucket> out;
        for (const BucketPtr& bucket : catalog_.buckets()) {
            if (bucket->config()->owner == caller.principal.account) {
                out.push_back(*bucket->config());
            }
        }
        co_return out;
    }

    Task<Result<Bucket>> find_bucket(const Caller& caller, BucketName name) override {
        CO_TRY(const BucketPtr bucket, own(caller, name));
        co_return *bucket->config();
    }

    Task<Result<Bucket>> head_bucket(const Caller& caller, BucketName name) override {
        CO_TRY(const BucketPtr bucket, find(name));
        CO_TRY_VOID(
            access::may_use_bucket(caller.principal, *bucket->config(), access::Need::Read));
        co_return *bucket->config();
    }

    Task<Result<BucketStat>> stat_bucket(const Caller& caller, BucketName name) override {
        CO_TRY(const BucketPtr bucket, own(caller, name));
        CO_TRY(const catalog::Totals totals, co_await bucket->partition().totals());
        const auto count = [](std::int64_t value) {
            return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
        };
        co_return BucketStat{.storage_bytes = count(totals.usage.bytes),
                             .object_count = count(totals.usage.objects),
                             .upload_count = count(totals.usage.uploads),
                             .delete_marker_count = count(totals.usage.markers),
                             .last_modified_ms = now_ms()};
    }

    Task<Result<void>> put_bucket_acl(const Caller& caller, BucketName name, Acl acl) override {
        return change(caller, name, [acl](Bucket& bucket) -> Result<void> {
            bucket.acl = acl;
            return {};
        });
    }

    Task<Result<void>> put_bucket_versioning(const Caller& caller,
                                             BucketName name,
                                             Versioning versioning) override {
        return change(caller, name, [versioning](Bucket& bucket) -> Result<void> {
            if (bucket.has_live_rule() && bucket.versioning != versioning) {
                return fail(ErrorCode::InvalidBucketStatus,
                            "The versioning status of a bucket with a replication rule can not be "
                            "changed.");
            }
            if (bucket.retention && bucket.retention->is_in_force(now_ms()) &&
                bucket.versioning != versioning) {
                return fail(ErrorCode::InvalidBucketStatus,
                            "A bucket with a retention policy can not be versioned.");
            }
            bucket.versioning = versioning;
            return {};
        });
    }

    Task<Result<void>> put_bucket_encryption(const Caller& caller,
                                             BucketName name,
                                             Encryption encryption) override {
        return change(caller, name, [this, encryption](Bucket& bucket) -> Result<void> {
            TRY_VOID(check_encryption(keys_, encryption));
            bucket.encryption = encryption;
            return {};
        });
    }

    Task<Result<std::string>> change_retention(const Caller& caller,
                                               BucketName name,
                                               RetentionChange retention) override {
        if (retention.step == RetentionStep::Initiate) {
            retention.id = catalog::random_hex(16);
        }
        CO_TRY_VOID(
            co_await change(caller, std::move(name), [&retention](Bucket& bucket) -> Result<void> {
                if (bucket.versioning != Versioning::Unversioned) {
                    return fail(ErrorCode::InvalidBucketStatus,
                                "A versioned bucket can not have a retention policy.");
                }
                return antipode::change_retention(bucket.retention, retention, now_ms());
            }));
        co_return std::move(retention.id);
    }

    Task<Result<void>> put_bucket_tags(const Caller& caller,
                                       BucketName name,
                                       NamedValues tags) override {
        return change(caller, name, [tags](Bucket& bucket) -> Result<void> {
            bucket.tags = tags;
            return {};
        });
    }

    Task<Result<void>> put_bucket_lifecycle(const Caller& caller,
                                            BucketName name,
                                            LifecycleRules rules,
                                            bool allow_overlap) override {
        CO_TRY(const BucketPtr bucket, own(caller, name));
        for (LifecycleRule& rule : rules) {
            rule.id = rule.id.empty() ? catalog::random_hex(16) : rule.id;
        }
        if (!rules.empty()) {
            CO_TRY_VOID(check_lifecycle(rules, allow_overlap));
        }
        co_return co_await catalog_.put_lifecycle(*bucket, std::move(rules));
    }

    Task<Result<LifecycleRules>> find_bucket_lifecycle(const Caller& caller,
                                                       BucketName name) override {
        CO_TRY(const BucketPtr bucket, own(caller, name));
        const auto rules = bucket->lifecycle();
        co_return rules ? *rules : LifecycleRules{};
    }

    [[nodiscard]] std::optional<LifecycleExpiry> expiry(
        const BucketName& name, const ObjectVersion& latest) const override {
        const BucketPtr bucket = catalog_.find_bucket(name);
        const auto rules = bucket ? bucket->lifecycle() : nullptr;
        return rules ? expiry_of(*rules, latest) : std::nullopt;
    }

    Task<Result<void>> put_bucket_configuration(const Caller& caller,
                                                BucketName name,
                                                std::string what,
                                                std::optional<std::string> document) override {
        return change(caller, name, [what, document](Bucket& bucket) -> Result<void> {
            if (document) {
                bucket.configurations.insert_or_assign(what, *document);
            } else {
                bucket.configurations.erase(what);
            }
            return {};
        });
    }

    Task<Result<void>> put_transfer_acceleration(const Caller& caller,
                                                 BucketName name,
                                                 bool enabled) override {
        return change(caller, name, [enabled](Bucket& bucket) -> Result<void> {
            const bool is_needed = std::ranges::any_of(
                bucket.incoming,
                [](const IncomingRule& rule) { return !rule.is_closed && rule.is_accelerated; });
            if (!enabled && is_needed) {
                return fail(
                    ErrorCode::InvalidBucketStatus,
                    "The transfer acceleration is already used by cross-region replication.");
            }
            bucket.transfer_acceleration = enabled;
            bucket.transfer_acceleration_was_set = true;
            return {};
        });
    }

    Task<Result<bool>> is_accelerated(BucketName name) override {
        CO_TRY(const BucketPtr bucket, find(name));
        co_return bucket->config()->transfer_acceleration;
    }

    [[nodiscard]] const std::string& region() const override { return catalog_.region(); }

  private:
    [[nodiscard]] Result<BucketPtr> find(const BucketName& name) const {
        BucketPtr bucket = catalog_.find_bucket(name);
        if (!bucket) {
            return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
        }
        return bucket;
    }

    [[nodiscard]] Result<BucketPtr> own(const Caller& caller, const BucketName& name) const {
        TRY(BucketPtr bucket, find(name));
        TRY_VOID(access::may_use_bucket(caller.principal, *bucket->config(), access::Need::Own));
        return bucket;
    }

    /// `caller` lives until the task ends; everything else is owned by the frame.
    Task<Result<void>> change(const Caller& caller,
                              BucketName name,
                              std::function<Result<void>(Bucket&)> change) {
        CO_TRY(const BucketPtr bucket, own(caller, name));
        CO_TRY_VOID(co_await catalog_.change_bucket(*bucket, std::move(change)));
        co_return Result<void>{};
    }

    Task<Result<Bucket>> create_again(const Caller& caller,
                                      BucketPtr there,
                                      CreateBucketRequest request) {
        const auto config = there->config();
        if (config->owner != caller.principal.account) {
            co_return fail(ErrorCode::BucketAlreadyExists,
                           "The requested bucket name is not available.");
        }
        if (config->storage_class != request.storage_class) {
            co_return fail(ErrorCode::BucketAlreadyExists,
                           "Bucket already exists can't modify storage type");
        }
        if (config->redundancy != request.redundancy) {
            co_return fail(ErrorCode::BucketAlreadyExists,
                           "Bucket already exists can't modify data redundancy type");
        }
        if (request.acl) {
            CO_TRY_VOID(co_await put_bucket_acl(caller, request.name, *request.acl));
        }
        co_return fail(ErrorCode::BucketAlreadyOwnedByYou,
                       "The bucket you tried to create already exists, and you own it.");
    }

    catalog::Catalog& catalog_;
    const sealing::KeySource* keys_;  ///< May be null.
};

}  // namespace

std::unique_ptr<BucketService> make_bucket_service(catalog::Catalog& catalog,
                                                   const sealing::KeySource* keys) {
    return std::make_unique<BucketServiceImpl>(catalog, keys);
}

}  // namespace antipode::object

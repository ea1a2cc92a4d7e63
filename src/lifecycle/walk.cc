#include "lifecycle/walk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "catalog/upload_table.h"
#include "catalog/version_table.h"
#include "runtime/sleep.h"

namespace antipode::lifecycle {

namespace {

using runtime::Executor;

using Entry = catalog::VersionsPage::Entry;

std::int64_t now_ms() {
    return Executor::current().wall_now().time_since_epoch().count();
}

std::string common_prefix(const LifecycleRules& rules) {
    std::string prefix = rules.front().prefix;
    for (const LifecycleRule& rule : rules) {
        const auto [end, other] = std::ranges::mismatch(prefix, rule.prefix);
        prefix.erase(end, prefix.end());
    }
    return prefix;
}

bool end_uploads(const LifecycleRules& rules) {
    return std::ranges::any_of(
        rules, [](const LifecycleRule& rule) { return rule.abort_uploads.has_value(); });
}

bool is_gone_or_changed(const Error& error) {
    return error.code == ErrorCode::PreconditionFailed || error.code == ErrorCode::NoSuchKey ||
           error.code == ErrorCode::NoSuchVersion || error.code == ErrorCode::NoSuchUpload ||
           error.code == ErrorCode::IsDeleteMarker || error.code == ErrorCode::Conflict;
}

class Walker {
  public:
    Walker(Tools tools, BucketWalk walk)
        : tools_(tools),
          walk_(std::move(walk)),
          config_(walk_.bucket->config()),
          rules_(walk_.bucket->lifecycle()),
          day_ms_(std::chrono::duration_cast<std::chrono::milliseconds>(tools.day).count()) {
        // Lifecycle is the owner's: what it makes (markers) belongs to them.
        caller_.principal = {
            .account = config_->owner, .access_key = "lifecycle", .is_root = false};
    }

    Task<Result<void>> run() {
        if (!rules_) {
            co_return Result<void>{};
        }
        done_.buckets = walk_.after_key.empty() ? 1 : 0;
        const Result<void> walked = co_await walk_all();
        const bool goes_on = co_await walk_.pause(std::exchange(done_, {}), behind_key_);
        if (walked && !goes_on) {
            co_return ended();
        }
        co_return walked;
    }

  private:
    Task<Result<void>> walk_all() {
        CO_TRY_VOID(co_await walk_versions());
        co_return co_await walk_uploads();
    }

    static std::unexpected<Error> ended() { return fail(ErrorCode::Closed, "the walk was ended"); }

    Task<Result<void>> walk_versions() {
        catalog::VersionPlace place{.key = walk_.after_key, .order = {}};
        bool is_truncated = true;
        while (is_truncated && has_rules()) {
            begun_ = Executor::current().now();
            CO_TRY(auto page,
                   co_await catalog::scan_versions(
                       walk_.bucket->partition(), common_prefix(*rules_), place, tools_.page));
            is_truncated = page.is_truncated;
            for (Entry& entry : page.entries) {
                place = {.key = entry.stored.version.key, .order = entry.stored.version.order};
                CO_TRY_VOID(co_await take(std::move(entry)));
            }
            if (is_truncated) {
                CO_TRY_VOID(co_await pause());
            }
        }
        if (has_rules()) {
            CO_TRY_VOID(co_await take(std::nullopt));
        }
        co_return Result<void>{};
    }

    /// The rules as they are now: who takes one back does not wait for the walk's end.
    bool has_rules() {
        rules_ = walk_.bucket->lifecycle();
        return rules_ != nullptr;
    }

    /// What is alone is known only when the next one is seen: each waits for it.
    Task<Result<void>> take(std::optional<Entry> next) {
        if (held_) {
            const ObjectVersion& version = held_->stored.version;
            const bool is_last = !next || next->stored.version.key != version.key;
            const LifecycleSubject subject{.version = version,
                                           .is_latest = held_->is_latest,
                                           .is_alone = held_->is_latest && is_last,
                                           .noncurrent_since_ms = newer_came_ms_,
                                           .newer_noncurrent = newer_noncurrent_};
            CO_TRY_VOID(co_await look_at(subject));
            newer_came_ms_ = version.last_modified_ms;
            newer_noncurrent_ = held_->is_latest ? 0 : newer_noncurrent_ + 1;
            if (is_last) {
                behind_key_ = version.key;
            }
        }
        held_ = std::move(next);
        co_return Result<void>{};
    }

    Task<Result<void>> look_at(const LifecycleSubject& subject) {
        ++done_.looked_at;
        const LifecycleDecision decision = decide_lifecycle(*rules_, subject, now_ms(), day_ms_);
        const ObjectVersion& version = subject.version;
        switch (decision.deed) {
            case LifecycleDeed::None:
                co_return Result<void>{};
            case LifecycleDeed::Expire:
                co_return co_await count(co_await remove(subject), done_.expired);
            case LifecycleDeed::RemoveVersion:
                co_return co_await count(co_await remove(subject), done_.versions_removed);
            case LifecycleDeed::RemoveMarker:
                co_return co_await count(co_await remove(subject), done_.markers_removed);
            case LifecycleDeed::Transition:
                co_return co_await count(co_await move(version, decision.to), done_.moved);
        }
        co_return Result<void>{};
    }

    Task<Result<void>> remove(const LifecycleSubject& subject) {
        object::DeleteObjectRequest request{
            .bucket = config_->name, .key = subject.version.key, .version_id = {}};
        request.seen =
            object::SeenVersion{.version = subject.version,
                                .is_latest = subject.is_latest,
                                .is_alone = subject.is_alone && subject.version.is_delete_marker};
        if (!subject.is_latest || subject.version.is_delete_marker) {
            request.version_id = subject.version.version_id();
        }
        CO_TRY_VOID(co_await tools_.objects.delete_object(caller_, std::move(request)));
        co_return Result<void>{};
    }

    Task<Result<void>> move(ObjectVersion version, StorageClass to) {
        CO_TRY_VOID(
            co_await tools_.objects.change_class(caller_, config_->name, std::move(version), to));
        co_return Result<void>{};
    }

    Task<Result<void>> count(Result<void> outcome, std::uint64_t& done) {
        if (outcome) {
            ++done;
        } else if (outcome.error().retryable() || outcome.error().code == ErrorCode::NoSuchBucket) {
            co_return outcome;
        } else if (is_gone_or_changed(outcome.error())) {
            ++done_.changed_meanwhile;
        } else {
            ++done_.refused;
            if (walk_.refused) {
                walk_.refused(outcome.error());
            }
        }
        co_return Result<void>{};
    }

    Task<Result<void>> walk_uploads() {
        std::string after_key;
        std::string after_id;
        bool is_truncated = true;
        while (is_truncated && has_rules() && end_uploads(*rules_)) {
            begun_ = Executor::current().now();
            CO_TRY(auto page,
                   co_await catalog::scan_uploads(walk_.bucket->partition(),
                                                  common_prefix(*rules_),
                                                  after_key,
                                                  after_id,
                                                  tools_.page));
            is_truncated = page.is_truncated;
            for (const MultipartUpload& upload : page.uploads) {
                after_key = upload.key;
                after_id = upload.upload_id;
                ++done_.looked_at;
                if (find_rule_that_aborts(*rules_, upload, now_ms(), day_ms_) != nullptr) {
                    object::UploadName name{
                        .bucket = config_->name, .key = upload.key, .upload_id = upload.upload_id};
                    CO_TRY_VOID(co_await count(
                        co_await tools_.objects.abort_upload(caller_, std::move(name)),
                        done_.uploads_aborted));
                }
            }
            if (is_truncated) {
                CO_TRY_VOID(co_await pause());
            }
        }
        co_return Result<void>{};
    }

    Task<Result<void>> pause() {
        const bool goes_on = co_await walk_.pause(std::exchange(done_, {}), behind_key_);
        if (!goes_on) {
            co_return ended();
        }
        co_await runtime::sleep_for(Executor::current().now() - begun_);
        co_return Result<void>{};
    }

    Tools tools_;
    BucketWalk walk_;
    std::shared_ptr<const Bucket> config_;
    std::shared_ptr<const LifecycleRules> rules_;
    std::int64_t day_ms_;
    object::Caller caller_;
    Figures done_;
    std::string behind_key_ = walk_.after_key;
    runtime::Instant begun_{};

    // Of the key that is being looked at.
    std::optional<Entry> held_;
    std::int64_t newer_came_ms_ = 0;
    std::uint32_t newer_noncurrent_ = 0;
};

}  // namespace

Figures& Figures::operator+=(const Figures& other) {
    buckets += other.buckets;
    looked_at += other.looked_at;
    expired += other.expired;
    versions_removed += other.versions_removed;
    markers_removed += other.markers_removed;
    moved += other.moved;
    uploads_aborted += other.uploads_aborted;
    changed_meanwhile += other.changed_meanwhile;
    refused += other.refused;
    return *this;
}

Task<Result<void>> walk_bucket(Tools tools, BucketWalk walk) {
    Walker walker(tools, std::move(walk));
    co_return co_await walker.run();
}

}  // namespace antipode::lifecycle

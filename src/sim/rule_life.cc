#include "sim/rule_life.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/byte_source.h"
#include "runtime/sleep.h"
#include "sim/list.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

/// While the region is up and its disks take writes; however the other one is.
constexpr runtime::Duration kOwnBusinessMax = 20s;
constexpr runtime::Duration kStep = 100ms;
constexpr runtime::Duration kPatience = 20s;
constexpr runtime::Duration kReceiptMax = 15s;
constexpr runtime::Duration kAfterReceipt = 2s;
constexpr runtime::Duration kLook = 20ms;
constexpr std::uint64_t kExistingMax = 25;
constexpr std::uint64_t kChangesMax = 20;

class RuleLife {
  public:
    RuleLife(World& world, std::string bucket)
        : world_(world), bucket_(std::move(bucket)), is_versioned_(world.chance(0.7)) {
        const std::size_t source = world.below(world.regions.size());
        const std::size_t step = 1 + world.below(world.regions.size() - 1);
        source_ = &world.regions[source];
        target_ = &world.regions[(source + step) % world.regions.size()];
    }

    Task<void> run() {
        if (!co_await make_buckets()) {
            co_return;
        }
        for (std::uint64_t left = 1 + world_.below(kExistingMax); left > 0; --left) {
            co_await change();
        }
        if (!co_await begin(source_, target_)) {
            co_return;
        }
        for (std::uint64_t left = world_.below(kChangesMax); left > 0; --left) {
            co_await change();
        }
        co_await watch_history();
        if (world_.chance(0.6)) {
            co_await look_whether_equal();
        }
        if (world_.chance(0.4)) {
            co_await damage_replica();
        }
        if (world_.chance(0.3)) {
            co_return co_await end_while_away();
        }
        for (std::uint64_t left = world_.below(6); left > 0; --left) {
            co_await change();  // Some of it is on its way when the rule ends.
        }
        const bool is_gone = co_await end(source_);
        if (is_gone) {
            co_await change_afterwards();
        }
        const bool goes_back = is_gone && world_.chance(0.5);
        if (goes_back) {
            co_await go_back();
        }
        if (is_gone) {
            co_await clean(!goes_back);
        }
    }

  private:
    /// The line is cut until the rule and the source's bucket are gone.
    Task<void> end_while_away() {
        set_cut(true);
        const Versions before = co_await list(target_);
        if (co_await end(source_)) {
            world_.count("rules ended while the destination was away");
            co_await clean(true);
        }
        set_cut(false);
        co_await runtime::sleep_for(kAfterReceipt);
        const Versions now = co_await list(target_);
        for (const auto& [name, entry] : before) {
            if (is_versioned_ && !world_.stops && !now.contains(name) && !removed_.contains(name)) {
                world_.violation(fmt::format("{}/{} was removed at {} when {} was emptied",
                                             bucket_,
                                             name.first,
                                             target_->name(),
                                             source_->name()));
            }
        }
    }

    void set_cut(bool is_cut) {
        for (const auto& [from, to] : {std::pair(source_, target_), std::pair(target_, source_)}) {
            runtime::SimLine line = world_.network.line(from->name(), to->name());
            line.is_cut = is_cut;
            world_.network.set_line(from->name(), to->name(), line);
        }
    }

    /// Until it is up and well; null when the world stops.
    Task<std::shared_ptr<Process>> up(Region* region) {
        while (!world_.stops) {
            if (region->process() && !region->ailment().is_full) {
                co_return region->process();
            }
            co_await runtime::sleep_for(kStep);
        }
        co_return nullptr;
    }

    Task<Versions> list(Region* region) {
        while (const auto process = co_await up(region)) {
            auto found = co_await list_all(process, bucket_);
            if (found) {
                co_return std::move(*found);
            }
            co_await runtime::sleep_for(kStep);
        }
        co_return Versions{};
    }

    Task<bool> make_buckets() {
        const bool has_nulls = world_.chance(0.3);
        for (Region* region : {source_, target_}) {
            while (const auto process = co_await up(region)) {
                object::CreateBucketRequest request;
                request.name = BucketName(bucket_);
                const auto made = co_await process->buckets().create_bucket(owner(), request);
                if (made || made.error().code == ErrorCode::BucketAlreadyOwnedByYou) {
                    break;
                }
                co_await runtime::sleep_for(kStep);
            }
        }
        for (int i = 0; i < 3 && has_nulls; ++i) {
            co_await put(source_, fmt::format("null/{}", i));
        }
        for (Region* region : {source_, target_}) {
            while (is_versioned_) {
                const auto process = co_await up(region);
                if (!process || co_await process->buckets().put_bucket_versioning(
                                    owner(), BucketName(bucket_), Versioning::Enabled)) {
                    break;
                }
                co_await runtime::sleep_for(kStep);
            }
        }
        co_return !world_.stops;
    }

    Task<std::optional<Ledger::Name>> put(Region* region, std::string key) {
        const auto process = co_await up(region);
        if (!process) {
            co_return std::nullopt;
        }
        const std::size_t size = world_.chance(0.3) ? 17'000 + world_.below(9000) : 100;
        co_return co_await put_content(process, std::move(key), size);
    }

    Task<std::optional<Ledger::Name>> put_content(std::shared_ptr<Process> process,
                                                  std::string key,
                                                  std::size_t size) {
        object::PutObjectRequest request;
        request.bucket = BucketName(bucket_);
        request.key = std::move(key);
        request.body = std::make_unique<runtime::MemorySource>(
            to_bytes(make_content(world_.next_content++, size)));
        const auto written = co_await process->objects().put_object(owner(), std::move(request));
        if (!written) {
            co_return std::nullopt;
        }
        co_return Ledger::Name(written->version.key, written->version.version_id());
    }

    Task<bool> remove(std::shared_ptr<Process> process, Ledger::Name name) {
        object::DeleteObjectRequest request{
            .bucket = BucketName(bucket_), .key = name.first, .version_id = {}};
        if (is_versioned_) {
            request.version_id = name.second;
        }
        const auto removed = co_await process->objects().delete_object(owner(), std::move(request));
        co_return removed.has_value();
    }

    /// At the source, of a few keys, so that changes meet.
    Task<void> change() {
        const auto process = co_await up(source_);
        if (!process) {
            co_return;
        }
        std::string key = fmt::format("key/{}", world_.below(8));
        const std::uint64_t draw = world_.below(10);
        if (draw < 5) {
            if (const auto name = co_await put(source_, std::move(key))) {
                written_.push_back(*name);
            }
        } else if (draw < 7) {
            object::DeleteObjectRequest request{
                .bucket = BucketName(bucket_), .key = key, .version_id = {}};
            if (!is_versioned_) {
                removed_.emplace(key, kNullVersionId);
            }
            const auto done =
                co_await process->objects().delete_object(owner(), std::move(request));
            if (done && done->is_delete_marker) {
                written_.emplace_back(key, done->version_id);
            }
        } else if (draw < 8) {
            object::VersionName name{
                .bucket = BucketName(bucket_), .key = std::move(key), .version_id = {}};
            NamedValues tags{{"n", fmt::format("{}", world_.below(1000))}};
            static_cast<void>(co_await process->objects().put_object_tags(
                owner(), std::move(name), std::move(tags)));
        } else if (!written_.empty()) {
            const std::size_t at = world_.below(written_.size());
            const Ledger::Name name = written_[at];
            written_.erase(written_.begin() + static_cast<std::ptrdiff_t>(at));
            removed_.insert(name);
            static_cast<void>(co_await remove(process, name));
        }
    }

    Task<bool> begin(Region* from, Region* to) {
        existing_ = co_await list(from);
        leftovers_.clear();
        for (const auto& [name, entry] : co_await list(to)) {
            if (!existing_.contains(name)) {
                leftovers_.insert(name);
            }
        }
        while (const auto process = co_await up(from)) {
            replication::AddRuleRequest request;
            request.bucket = BucketName(bucket_);
            request.rule.target_bucket = BucketName(bucket_);
            request.rule.target_region = to->name();
            request.rule.history = true;
            const auto rule = co_await process->replication().add_rule(owner(), request);
            if (rule) {
                rule_id_ = rule->id;
                world_.count("rules made");
                co_return true;
            }
            if (rule.error().code == ErrorCode::BucketReplicationAlreadyExist) {
                const auto rules =
                    co_await process->replication().list_rules(owner(), BucketName(bucket_));
                if (rules) {
                    rule_id_ = rules->front().id;
                    co_return true;
                }
            }
            co_await runtime::sleep_for(kStep);
        }
        co_return false;
    }

    /// What is said to be copied is there.
    Task<void> watch_history() {
        const runtime::Instant end = world_.executor.now() + 8s * world_.below(2) + 100ms;
        while (!world_.stops && world_.executor.now() < end) {
            if (co_await is_history_done(source_)) {
                co_await look_for_history(source_, target_);
                co_return;
            }
            co_await runtime::sleep_for(kStep);
        }
    }

    Task<bool> is_history_done(Region* from) {
        const auto process = from->process();
        if (!process) {
            co_return false;
        }
        const auto progress =
            co_await process->replication().progress(owner(), BucketName(bucket_), rule_id_);
        co_return progress && progress->front().history == 1.0;
    }

    Task<void> look_for_history(Region* from, Region* to) {
        const auto process = to->process();
        const Versions there = co_await list(to);
        const Versions here = co_await list(from);
        if (world_.stops) {
            co_return;
        }
        world_.count("histories looked for");
        for (const auto& [name, entry] : existing_) {
            const auto now = here.find(name);
            const bool is_as_it_was =
                now != here.end() && now->second.version.order == entry.version.order;
            if (is_as_it_was && !there.contains(name)) {
                world_.violation(
                    fmt::format("history of {} is said to be copied to {}, but {} {} is not there",
                                bucket_,
                                to->name(),
                                name.first,
                                name.second));
            }
        }
    }

    Task<std::optional<replication::Verification>> verify(bool repair) {
        const auto process = source_->process();
        if (!process) {
            co_return std::nullopt;
        }
        replication::VerifyRequest request{
            .bucket = bucket_, .rule_id = rule_id_, .patience = kPatience, .repair = repair};
        auto verified = co_await process->replication().verify(std::move(request));
        if (!verified) {
            co_return std::nullopt;
        }
        co_return std::move(*verified);
    }

    /// Nobody else writes here: what is called identical is.
    Task<void> look_whether_equal() {
        const auto verified = co_await verify(false);
        if (!verified || !verified->is_identical) {
            co_return;
        }
        const Versions here = co_await list(source_);
        const Versions there = co_await list(target_);
        if (world_.stops) {
            co_return;
        }
        world_.count("identical buckets compared");
        for (const auto& [name, entry] : here) {
            const auto other = there.find(name);
            if (other == there.end() || other->second.version != entry.version) {
                world_.violation(fmt::format("{} was called identical, but {} {} is {} at {}",
                                             bucket_,
                                             name.first,
                                             name.second,
                                             other == there.end() ? "absent" : "different",
                                             target_->name()));
            }
        }
        for (const auto& [name, entry] : there) {
            if (!here.contains(name) && !leftovers_.contains(name)) {
                world_.violation(fmt::format("{} was called identical, but {} {} is only at {}",
                                             bucket_,
                                             name.first,
                                             name.second,
                                             target_->name()));
            }
        }
    }

    /// Somebody at the destination removes one and writes another as long: that is a difference,
    /// and can be mended.
    Task<void> damage_replica() {
        const Versions here = co_await list(source_);
        const Versions there = co_await list(target_);
        const auto victim = std::ranges::find_if(there, [&here](const auto& one) {
            return here.contains(one.first) && !one.second.version.is_delete_marker;
        });
        const auto process = co_await up(target_);
        if (!process || victim == there.end() || !co_await remove(process, victim->first)) {
            co_return;
        }
        const auto other =
            co_await put_content(process,
                                 "somebody else's",
                                 static_cast<std::size_t>(victim->second.version.size_bytes));
        if (other) {
            leftovers_.insert(*other);
        }
        const auto verified = co_await verify(false);
        if (verified && verified->is_identical &&
            !(co_await list(target_)).contains(victim->first)) {
            world_.violation(fmt::format("{} was called identical, but {} {} was removed at {}",
                                         bucket_,
                                         victim->first.first,
                                         victim->first.second,
                                         target_->name()));
        }
        const auto repaired = co_await verify(true);
        if (!repaired || !repaired->is_identical) {
            co_return;
        }
        world_.count("repairs");
        const Versions mended = co_await list(target_);
        if (!world_.stops && !mended.contains(victim->first)) {
            world_.violation(fmt::format("{} was called mended, but {} {} is not at {}",
                                         bucket_,
                                         victim->first.first,
                                         victim->first.second,
                                         target_->name()));
        }
    }

    /// Removes the rule; that is the region's own business. False: the world stops.
    Task<bool> end(Region* from) {
        runtime::Duration taken{};
        while (const auto process = co_await up(from)) {
            const auto rules =
                co_await process->replication().list_rules(owner(), BucketName(bucket_));
            if (!rules && rules.error().code == ErrorCode::NoSuchConfiguration) {
                co_return true;
            }
            static_cast<void>(co_await process->replication().remove_rule(
                owner(), BucketName(bucket_), rule_id_));
            co_await runtime::sleep_for(kStep);
            taken += process == from->process() ? kStep : runtime::Duration::zero();
            if (taken > kOwnBusinessMax) {
                world_.violation(
                    fmt::format("the rule of {} at {} cannot be removed", bucket_, from->name()));
                co_return false;
            }
        }
        co_return false;
    }

    /// Nothing of it arrives, neither what is written nor what is removed.
    Task<void> change_afterwards() {
        const Versions before = co_await list(target_);
        std::optional<Ledger::Name> removed;
        const auto process = co_await up(source_);
        const Versions here = co_await list(source_);
        for (const auto& [name, entry] : here) {
            const bool may_be = process && !removed && before.contains(name);
            if (may_be && !removed_.contains(name) && co_await remove(process, name)) {
                removed = name;
            }
        }
        std::set<std::string> late;
        for (int i = 0; i < 3; ++i) {
            static_cast<void>(co_await put(source_, fmt::format("late/{}", i)));
            late.insert(fmt::format("late/{}", i));
        }
        const bool is_acknowledged = co_await wait_for_receipt();
        const Versions then = co_await list(target_);
        co_await runtime::sleep_for(kAfterReceipt);
        const Versions now = co_await list(target_);
        if (world_.stops) {
            co_return;
        }
        world_.count("fences looked at");
        for (const auto& [name, entry] : now) {
            if (late.contains(name.first)) {
                world_.violation(fmt::format("{}/{} came to {} after the rule had been removed",
                                             bucket_,
                                             name.first,
                                             target_->name()));
            }
            if (is_acknowledged && !then.contains(name)) {
                world_.violation(fmt::format("{}/{} came to {} after it had acknowledged the end",
                                             bucket_,
                                             name.first,
                                             target_->name()));
            }
        }
        if (removed && !now.contains(*removed)) {
            world_.violation(fmt::format("{}/{} was removed at {} by a rule that had been removed",
                                         bucket_,
                                         removed->first,
                                         target_->name()));
        }
    }

    Task<bool> wait_for_receipt() {
        const runtime::Instant end = world_.executor.now() + kReceiptMax;
        while (!world_.stops && world_.executor.now() < end) {
            if (const auto process = target_->process()) {
                const auto bucket = process->catalog().find_bucket(BucketName(bucket_));
                if (bucket &&
                    std::ranges::all_of(bucket->config()->incoming, &IncomingRule::is_closed)) {
                    co_return true;
                }
            }
            co_await runtime::sleep_for(kLook);
        }
        co_return false;
    }

    /// Clients have gone over to the destination; now the first region is to get what they wrote.
    Task<void> go_back() {
        for (int i = 0; i < 5; ++i) {
            static_cast<void>(co_await put(target_, fmt::format("back/{}", i)));
        }
        if (!co_await begin(target_, source_)) {
            co_return;
        }
        std::erase_if(existing_,
                      [](const auto& one) { return !one.first.first.starts_with("back/"); });
        const runtime::Instant end_of_patience = world_.executor.now() + kPatience;
        while (!world_.stops && world_.executor.now() < end_of_patience) {
            if (co_await is_history_done(target_)) {
                co_await look_for_history(target_, source_);
                break;
            }
            co_await runtime::sleep_for(kStep);
        }
        static_cast<void>(co_await end(target_));
    }

    /// The source's bucket is emptied and deleted: neither needs the destination, nor does it
    /// reach there.
    Task<void> clean(bool is_own_business) {
        const Versions there = co_await list(target_);
        runtime::Duration taken{};
        while (const auto process = co_await up(source_)) {
            const auto here = co_await list_all(process, bucket_);
            for (const auto& [name, entry] : here.value_or(Versions{})) {
                static_cast<void>(co_await remove(process, name));
            }
            const auto deleted =
                co_await process->buckets().delete_bucket(owner(), BucketName(bucket_));
            if (deleted || deleted.error().code == ErrorCode::NoSuchBucket) {
                break;
            }
            co_await runtime::sleep_for(kStep);
            taken += process == source_->process() ? kStep : runtime::Duration::zero();
            if (taken > kOwnBusinessMax) {
                if (is_own_business) {
                    world_.violation(fmt::format("{} cannot be deleted at {}: {}",
                                                 bucket_,
                                                 source_->name(),
                                                 deleted.error().message));
                }
                co_return;
            }
        }
        const Versions left = co_await list(target_);
        if (world_.stops || !is_own_business) {
            co_return;
        }
        for (const auto& [name, entry] : there) {
            if (!left.contains(name) && !removed_.contains(name)) {
                world_.violation(fmt::format("{}/{} was removed at {} when {} was emptied",
                                             bucket_,
                                             name.first,
                                             target_->name(),
                                             source_->name()));
            }
        }
    }

    World& world_;
    std::string bucket_;
    bool is_versioned_;
    Region* source_ = nullptr;
    Region* target_ = nullptr;
    std::string rule_id_;
    Versions existing_;                  // When the rule was made.
    std::set<Ledger::Name> leftovers_;   // At its destination, and not of it.
    std::vector<Ledger::Name> written_;  // At the source.
    std::set<Ledger::Name> removed_;     // There, while there was a rule.
};

}  // namespace

Task<void> run_rules(World* world, std::size_t number) {
    for (std::size_t life = 0; !world->stops; ++life) {
        RuleLife one(*world, fmt::format("{}{}-{}", kLifePrefix, number, life));
        co_await one.run();
        co_await runtime::sleep_for(kStep);
    }
}

}  // namespace antipode::sim

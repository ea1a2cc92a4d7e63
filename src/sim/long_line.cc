#include "sim/long_line.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "runtime/byte_source.h"
#include "runtime/sleep.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr const char* kBucket = "long-line";
constexpr std::uint64_t kMb = 1'000'000;
constexpr std::uint64_t kLimit = 2 * kMb;  // Bytes a second.
/// Takes longer than either region lives, so that it must go on where it was.
constexpr std::uint64_t kLargeBytes = 24 * kMb;
constexpr runtime::Duration kLife = 10s;
constexpr runtime::Duration kLargeMin = 9s;
constexpr runtime::Duration kLargeMax = 80s;
constexpr runtime::Duration kSmallMax = 4s;
constexpr runtime::Duration kStep = 100ms;
constexpr std::size_t kPatternBytes = 60'000;
constexpr std::size_t kMediumBytes = 25'000;  // Not in its row, and not in chunks.
constexpr runtime::Duration kDamageMax = 4s;

class LongLine {
  public:
    explicit LongLine(World& world)
        : world_(world), source_(world.regions[0]), target_(world.regions[1]) {}

    Task<void> run() {
        co_await build();
        std::string large;
        const std::string pattern = make_content(world_.next_content++, kPatternBytes);
        while (large.size() < kLargeBytes) {
            large += pattern;
        }
        const runtime::Instant start = world_.executor.now();
        co_await put("large", std::move(large));
        for (int life = 0; !co_await is_there("large"); ++life) {
            if (world_.executor.now() - start > kLargeMax) {
                co_return world_.violation(
                    "a large object does not arrive while either side dies now and then");
            }
            co_await live(fmt::format("small/{}", life));
            Region& victim = life % 2 == 0 ? target_ : source_;
            co_await victim.crash();
            CHECK(co_await victim.start());
        }
        if (world_.executor.now() - start < kLargeMin) {
            world_.violation("a large object arrives sooner than the rule's limit allows");
        }
    }

  private:
    Task<void> build() {
        for (Region* region : {&source_, &target_}) {
            object::CreateBucketRequest request;
            request.name = BucketName(kBucket);
            CHECK(co_await region->process()->buckets().create_bucket(owner(), request));
        }
        replication::AddRuleRequest request;
        request.bucket = BucketName(kBucket);
        request.rule.target_bucket = BucketName(kBucket);
        request.rule.target_region = target_.name();
        replication::Manager& manager = source_.process()->replication();
        const auto rule = co_await manager.add_rule(owner(), std::move(request));
        CHECK(rule);
        replication::LimitChange change{
            .bucket = kBucket, .rule_id = rule->id, .bytes_per_second = kLimit};
        CHECK(co_await manager.set_limits(std::move(change)));
    }

    Task<void> put(std::string key, std::string content) {
        object::PutObjectRequest request;
        request.bucket = BucketName(kBucket);
        request.key = std::move(key);
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        const auto process = source_.process();
        CHECK(co_await process->objects().put_object(owner(), std::move(request)));
    }

    Task<bool> is_there(std::string key) {
        object::VersionName name{
            .bucket = BucketName(kBucket), .key = std::move(key), .version_id = {}};
        const auto process = target_.process();
        const auto found = co_await process->objects().describe_object(owner(), std::move(name));
        co_return found.has_value();
    }

    /// Between two deaths. A small object passes the large one.
    Task<void> live(std::string small) {
        const runtime::Instant end = world_.executor.now() + kLife;
        co_await runtime::sleep_for(4s);
        const runtime::Instant start = world_.executor.now();
        co_await put(small, "small");
        bool is_small_there = false;
        while (world_.executor.now() < end && !co_await is_there("large")) {
            is_small_there = is_small_there || co_await is_there(small);
            if (!is_small_there && world_.executor.now() - start > kSmallMax) {
                world_.violation("a small object waits for a large one");
                is_small_there = true;
            }
            co_await runtime::sleep_for(kStep);
        }
    }

    World& world_;
    Region& source_;
    Region& target_;
};

}  // namespace

Task<void> run_long_line(World* world) {
    LongLine line(*world);
    co_await line.run();
}

Task<void> run_damage(World* world) {
    Region& source = world->regions[0];
    const auto process = source.process();
    const auto put = [&](std::string key, std::size_t size) {
        object::PutObjectRequest request;
        request.bucket = BucketName(kVersionedBucket);
        request.key = std::move(key);
        request.body = std::make_unique<runtime::MemorySource>(
            to_bytes(make_content(world->next_content++, size)));
        return process->objects().put_object(owner(), std::move(request));
    };
    const auto is_there = [&](std::string key) {
        object::VersionName name{
            .bucket = BucketName(kVersionedBucket), .key = std::move(key), .version_id = {}};
        return world->regions[1].process()->objects().describe_object(owner(), std::move(name));
    };
    source.ailment().is_damaging = true;
    CHECK(co_await put("damaged", kMediumBytes));
    source.ailment().is_damaging = false;
    CHECK(co_await put("behind", 100));
    co_await runtime::sleep_for(kDamageMax);
    if (!co_await is_there("behind")) {
        world->violation("an object waits behind one that is damaged");
    }
    const auto told = co_await process->replication().exceptions(kVersionedBucket, {});
    if (!told || told->empty()) {
        world->violation("nothing is said of an object that is damaged");
    }
    source.ailment().damaged.clear();
    static_cast<void>(co_await process->replication().retry(kVersionedBucket, {}, {}));
    co_await runtime::sleep_for(kDamageMax);
    if (!co_await is_there("damaged")) {
        world->violation("an object that was damaged and is mended does not arrive");
    }
}

}  // namespace antipode::sim

#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "catalog/version_table.h"
#include "index/memory_store.h"
#include "object/replica_service.h"
#include "object/service.h"
#include "replication/manager.h"
#include "replication/receiver.h"
#include "replication/sim_regions_harness.h"
#include "runtime/read_text.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"
#include "sealing/test_keys.h"

/// For tests of this room only: any number of regions in simulated time, on the reference engines,
/// with links that can be cut, lose answers and repeat requests, and regions that can be restarted.
namespace antipode::replication::sites {

/// What happens to requests on their way to a region; chances are in 1/1000.
struct Weather {
    std::uint32_t lost = 0;      ///< The request never arrives.
    std::uint32_t unheard = 0;   ///< It arrives, its answer is lost.
    std::uint32_t repeated = 0;  ///< It arrives twice.
    std::uint32_t late = 0;      ///< Others overtake it.
};

/// The way into a region. Answers 503 while the region is closed or the link is cut.
class Door final : public http::Handler {
  public:
    Task<http::Response> handle(http::Request& request) override {
        std::string body =
            (co_await runtime::read_text(request.body.get(), 64 * kMiB)).value_or("");
        co_await runtime::sleep_for(
            std::chrono::milliseconds(happens(weather.late) ? 1 + roll(20) : 1));
        if (is_cut || happens(weather.lost)) {
            co_return refused();
        }
        if (tampers) {
            tampers(request, body);
        }
        http::Response response = co_await pass(request, body);
        if (happens(weather.repeated)) {
            response = co_await pass(request, body);
        }
        if (happens(weather.unheard)) {
            co_return refused();
        }
        co_return response;
    }

    void open(http::Handler* inner) { inner_ = inner; }

    void shut() { inner_ = nullptr; }

    [[nodiscard]] bool is_empty() const { return inside_ == 0; }

    void seed(std::uint64_t seed) { random_.seed(seed); }

    bool is_cut = false;
    Weather weather;
    /// Told of every answer of the region, before it is on its way back; may change it. Set before
    /// any traffic.
    std::function<void(const http::Request&, http::Response&)> answered;
    /// May change what arrives.
    std::function<void(http::Request&, std::string& body)> tampers;

  private:
    static http::Response refused() {
        http::Response response;
        response.status = 503;
        return response;
    }

    std::uint32_t roll(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_() % below);
    }

    bool happens(std::uint32_t chance) { return chance != 0 && roll(1000) < chance; }

    Task<http::Response> pass(const http::Request& request, const std::string& body) {
        http::Handler* inner = inner_;
        if (inner == nullptr) {
            co_return refused();
        }
        ++inside_;
        http::Request copy;
        copy.method = request.method;
        copy.target = request.target;
        copy.headers = request.headers;
        copy.content_length = body.size();
        copy.body = std::make_unique<runtime::MemorySource>(to_bytes(body));
        http::Response response = co_await inner->handle(copy);
        if (answered) {
            answered(request, response);
        }
        --inside_;
        co_return response;
    }

    http::Handler* inner_ = nullptr;
    int inside_ = 0;
    std::mt19937_64 random_{1};
};

/// A region. `index_` and `blobs_` are what survives a restart.
class Site {
  public:
    Site(std::string name, Simulation& simulation, const LinkSecret& secret)
        : machine_(std::move(name), simulation), secret_(secret) {
        caller.principal = {.account = AccountId("1000"), .access_key = "k", .is_root = true};
    }

    void open(const std::vector<Site*>& peers) {
        catalog_.emplace(index_, catalog::CatalogOptions{.region = name()});
        ASSERT_TRUE(run(catalog_->load()));
        replicas_.emplace(*catalog_, blobs_, &keys_);
        receiver_.emplace(*catalog_, *replicas_, secret_);
        objects = object::make_object_service(*catalog_, blobs_, &keys_);
        buckets = object::make_bucket_service(*catalog_, &keys_);
        door.open(&*receiver_);
        ManagerOptions options;
        options.regions = regions;
        options.checkpoint_every = checkpoint_every;
        for (Site* peer : peers) {
            if (peer != this) {
                options.peers.push_back(
                    {.region = peer->name(), .address = {}, .tls = false, .local = &peer->door});
            }
        }
        manager.emplace(std::move(options), *catalog_, *replicas_, secret_, machine_.host());
        manager->start();
    }

    void close() {
        if (!manager) {
            return;
        }
        run(manager->stop());
        manager.reset();
        door.shut();
        while (!door.is_empty()) {
            machine_.let_pass(std::chrono::milliseconds(1));
        }
        objects.reset();
        buckets.reset();
        receiver_.reset();
        replicas_.reset();
        catalog_.reset();
    }

    template <typename T>
    T run(Task<T> task) {
        return machine_.run(std::move(task));
    }

    bool wait_until(const std::function<bool()>& holds) { return machine_.wait_until(holds); }

    void make_bucket(const std::string& name, Versioning versioning = Versioning::Unversioned) {
        object::CreateBucketRequest request;
        request.name = BucketName(name);
        ASSERT_TRUE(run(buckets->create_bucket(caller, std::move(request))));
        if (versioning != Versioning::Unversioned) {
            ASSERT_TRUE(run(buckets->put_bucket_versioning(caller, BucketName(name), versioning)));
        }
    }

    Result<object::Written> put(const std::string& bucket,
                                const std::string& key,
                                const std::string& content,
                                ObjectAttributes attributes = {},
                                std::optional<Encryption> encryption = {}) {
        object::PutObjectRequest request;
        request.encryption = std::move(encryption);
        request.bucket = BucketName(bucket);
        request.key = key;
        request.storage_class_given = attributes.storage_class != StorageClass::Standard;
        request.attributes = std::move(attributes);
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return run(objects->put_object(caller, std::move(request)));
    }

    Result<object::Deleted> remove(const std::string& bucket,
                                   const std::string& key,
                                   std::optional<std::string> id = {}) {
        object::DeleteObjectRequest request{
            .bucket = BucketName(bucket), .key = key, .version_id = std::move(id)};
        return run(objects->delete_object(caller, std::move(request)));
    }

    Result<object::Written> tag(const std::string& bucket,
                                const std::string& key,
                                NamedValues tags,
                                std::optional<std::string> id = {}) {
        object::VersionName name{
            .bucket = BucketName(bucket), .key = key, .version_id = std::move(id)};
        return run(objects->put_object_tags(caller, std::move(name), std::move(tags)));
    }

    /// Without a version: the latest; nothing when there is none or it is a marker.
    std::optional<std::string> get(const std::string& bucket,
                                   const std::string& key,
                                   std::optional<std::string> id = {}) {
        return run(read(bucket, key, std::move(id)));
    }

    std::optional<ObjectVersion> describe(const std::string& bucket, const std::string& key) {
        object::VersionName name{.bucket = BucketName(bucket), .key = key, .version_id = {}};
        auto found = run(objects->describe_object(caller, std::move(name)));
        return found ? std::optional(found->version) : std::nullopt;
    }

    /// All versions and markers of a bucket, in listing order.
    std::vector<catalog::StoredVersion> versions(const std::string& bucket) {
        return run(scan(partition(bucket)));
    }

    catalog::Totals totals(const std::string& bucket) {
        return run(partition(bucket)->totals()).value();
    }

    [[nodiscard]] std::shared_ptr<const Bucket> config(const std::string& bucket) const {
        return catalog_->find_bucket(BucketName(bucket))->config();
    }

    Result<ReplicationRule> add_rule(const std::string& from, ReplicationRule rule) {
        AddRuleRequest request{.bucket = BucketName(from), .rule = std::move(rule)};
        return run(manager->add_rule(caller, std::move(request)));
    }

    Result<ReplicationRule> add_rule(const std::string& from,
                                     const Site& to,
                                     const std::string& bucket) {
        ReplicationRule rule;
        rule.target_region = to.name();
        rule.target_bucket = BucketName(bucket);
        return add_rule(from, std::move(rule));
    }

    Result<RuleService::Removal> remove_rule(const std::string& from, const std::string& id) {
        return run(manager->remove_rule(caller, BucketName(from), id));
    }

    /// Nothing of this region waits to be sent.
    bool is_idle() {
        const auto statuses = run(manager->status({}));
        return statuses && std::ranges::all_of(*statuses, [](const RuleStatus& status) {
                   return status.rule.status == ReplicationStatus::Doing && status.history_done &&
                          status.backlog_operations == 0 && status.exceptions == 0 &&
                          status.cursor_revision >= status.head_revision;
               });
    }

    [[nodiscard]] catalog::Partition* partition(const std::string& bucket) {
        return &catalog_->find_bucket(BucketName(bucket))->partition();
    }

    [[nodiscard]] const std::string& name() const { return machine_.name(); }

    [[nodiscard]] runtime::SimHost& host() { return machine_.host(); }

    [[nodiscard]] catalog::Catalog& catalog() { return *catalog_; }

    [[nodiscard]] blob::MemoryBlobStore& blobs() { return blobs_; }

    [[nodiscard]] object::ReplicaService& replicas() { return *replicas_; }

    // Set before open().
    RegionCatalogue regions;
    std::uint64_t checkpoint_every = 5000;
    Door door;
    std::unique_ptr<object::ObjectService> objects;
    std::unique_ptr<object::BucketService> buckets;
    std::optional<Manager> manager;
    object::Caller caller;

  private:
    static Task<std::vector<catalog::StoredVersion>> scan(catalog::Partition* partition) {
        std::vector<catalog::StoredVersion> out;
        catalog::VersionPlace place;
        while (true) {
            auto page = co_await catalog::scan_versions(*partition, {}, place, 500);
            if (!page) {
                ADD_FAILURE() << page.error().message;
                co_return out;
            }
            for (auto& entry : page->entries) {
                place = {.key = entry.stored.version.key, .order = entry.stored.version.order};
                out.push_back(std::move(entry.stored));
            }
            if (!page->is_truncated) {
                co_return out;
            }
        }
    }

    Task<std::optional<std::string>> read(std::string bucket,
                                          std::string key,
                                          std::optional<std::string> id) {
        object::GetObjectRequest request;
        request.bucket = BucketName(bucket);
        request.key = key;
        request.version_id = std::move(id);
        auto opened = co_await objects->open_object(caller, std::move(request));
        if (!opened) {
            co_return std::nullopt;
        }
        const ByteRange all{.offset = 0, .size = (*opened)->version().size_bytes};
        auto source = co_await (*opened)->read(all);
        if (!source) {
            co_return std::nullopt;
        }
        const auto text = co_await runtime::read_text(source->get(), all.size);
        co_return text ? std::optional(*text) : std::nullopt;
    }

    Machine machine_;
    const LinkSecret& secret_;
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
    sealing::LocalKeys keys_{sealing::make_test_keys(name())};
    std::optional<catalog::Catalog> catalog_;
    std::optional<object::ReplicaService> replicas_;
    std::optional<Receiver> receiver_;
};

/// Three regions that know each other.
class Sites : public ::testing::Test {
  protected:
    void SetUp() override {
        for (Site* site : all()) {
            site->open(all());
        }
    }

    void TearDown() override {
        for (Site* site : all()) {
            site->close();
        }
    }

    std::vector<Site*> all() { return {&west, &east, &south}; }

    /// Everything that was written is where the rules take it.
    bool settle() {
        const auto is_quiet = [this] {
            return std::ranges::all_of(all(), [](Site* site) { return site->is_idle(); });
        };
        return west.wait_until([&is_quiet] { return is_quiet() && is_quiet(); });
    }

    /// It lies outside the mainland: rules that lead there need acceleration. Before SetUp().
    void put_border_before(const Site& outside) {
        for (Site* site : all()) {
            RegionFacts facts;
            facts.id = outside.name();
            facts.is_mainland = false;
            site->regions.extend({facts});
        }
    }

    LinkSecret secret{"a secret of the link"};
    Simulation simulation;
    Site west{"cn-hangzhou", simulation, secret};
    Site east{"cn-beijing", simulation, secret};
    Site south{"cn-shenzhen", simulation, secret};
};

}  // namespace antipode::replication::sites

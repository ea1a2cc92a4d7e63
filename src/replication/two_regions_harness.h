#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "catalog/version_table.h"
#include "http/server.h"
#include "index/memory_store.h"
#include "object/replica_service.h"
#include "object/service.h"
#include "replication/manager.h"
#include "replication/receiver.h"
#include "replication/sim_regions_harness.h"
#include "runtime/read_text.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

/// For tests of this room only: two regions with their servers, in simulated time and on the
/// reference engines: everything of replication but sockets and disks.
namespace antipode::replication {

/// A client is closed on its own executor.
inline Task<Result<void>> close(PeerClient* client) {
    client->close();
    co_return Result<void>{};
}

/// Lets the link be cut: every request to the peer's port answers 503 while closed.
class Gate final : public http::Handler {
  public:
    explicit Gate(http::Handler& inner) : inner_(inner) {}

    Task<http::Response> handle(http::Request& request) override {
        ++requests;
        if (!is_open) {
            http::Response response;
            response.status = 503;
            co_return response;
        }
        co_return co_await inner_.handle(request);
    }

    bool is_open = true;
    int requests = 0;

  private:
    http::Handler& inner_;
};

/// Commits that write certain rows are refused, as when two zones are lost.
class RefusingStore final : public index::MemoryStore {
  public:
    /// Empty: all are taken.
    void refuse(const std::string& prefix) { prefix_ = prefix; }

    Task<Result<std::uint64_t>> commit(index::PartitionId partition,
                                       index::Commit change) override {
        if (is_refused(change)) {
            co_return fail(ErrorCode::Unavailable, "two zones are out");
        }
        co_return co_await MemoryStore::commit(std::move(partition), std::move(change));
    }

  private:
    bool is_refused(const index::Commit& change) {
        return !prefix_.empty() &&
               std::ranges::any_of(change.writes, [this](const index::Write& write) {
                   return write.key.starts_with(prefix_);
               });
    }

    std::string prefix_;
};

class Region {
  public:
    Region(std::string name, Simulation& simulation, const LinkSecret& secret)
        : name_(std::move(name)),
          machine_(name_, simulation),
          secret_(secret),
          catalog_(index_, {.region = name_}),
          replicas_(catalog_, blobs_),
          receiver_(catalog_, replicas_, secret),
          gate_(receiver_) {
        EXPECT_TRUE(run(catalog_.load()));
        http::ServerOptions options;
        options.listen = {name_ + ":443"};
        server_.emplace(options, gate_, machine_.host());
        EXPECT_TRUE(run(start_server(&*server_)));
        objects_ = object::make_object_service(catalog_, blobs_);
        buckets_ = object::make_bucket_service(catalog_);
        caller_.principal = {.account = AccountId("1000"), .access_key = "k", .is_root = true};
    }

    void connect(const Region& other) {
        ManagerOptions options;
        options.peers.push_back(
            {.region = other.name_, .address = other.server_->addresses().front(), .tls = false});
        manager_.emplace(std::move(options), catalog_, replicas_, secret_, machine_.host());
        manager_->start();
    }

    void disconnect() {
        run(manager_->stop());
        manager_.reset();
    }

    void stop() {
        if (manager_) {
            disconnect();
        }
        run(server_->stop(std::chrono::seconds(1)));
    }

    template <typename T>
    T run(Task<T> task) {
        return machine_.run(std::move(task));
    }

    void make_bucket(const std::string& bucket, bool versioned) {
        object::CreateBucketRequest request;
        request.name = BucketName(bucket);
        ASSERT_TRUE(run(buckets_->create_bucket(caller_, std::move(request))));
        if (versioned) {
            ASSERT_TRUE(run(
                buckets_->put_bucket_versioning(caller_, BucketName(bucket), Versioning::Enabled)));
        }
    }

    Result<object::Written> put(const std::string& bucket,
                                const std::string& key,
                                const std::string& content) {
        object::PutObjectRequest request;
        request.bucket = BucketName(bucket);
        request.key = key;
        request.attributes.user_metadata = {{"mark", "1"}};
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return run(objects_->put_object(caller_, std::move(request)));
    }

    std::optional<std::string> get(const std::string& bucket, const std::string& key) {
        return run(read(bucket, key));
    }

    Result<object::Deleted> remove(const std::string& bucket,
                                   const std::string& key,
                                   std::optional<std::string> id = {}) {
        object::DeleteObjectRequest request{
            .bucket = BucketName(bucket), .key = key, .version_id = std::move(id)};
        return run(objects_->delete_object(caller_, std::move(request)));
    }

    Result<ReplicationRule> add_rule(const std::string& from,
                                     const std::string& region,
                                     const std::string& to,
                                     bool history = true) {
        AddRuleRequest request;
        request.bucket = BucketName(from);
        request.rule.target_bucket = BucketName(to);
        request.rule.target_region = region;
        request.rule.history = history;
        return run(manager_->add_rule(caller_, std::move(request)));
    }

    Verification verify(const std::string& bucket, bool repair = false) {
        VerifyRequest request{.bucket = bucket,
                              .rule_id = {},
                              .patience = std::chrono::seconds(20),
                              .repair = repair};
        auto outcome = run(manager_->verify(std::move(request)));
        EXPECT_TRUE(outcome) << outcome.error().message;
        return outcome.value_or(Verification{});
    }

    bool wait_until(const std::function<bool()>& holds) { return machine_.wait_until(holds); }

    [[nodiscard]] runtime::SimHost& host() { return machine_.host(); }

    RuleStatus status(const std::string& bucket) {
        return run(manager_->status(bucket)).value().at(0);
    }

    std::string name_;
    Machine machine_;
    const LinkSecret& secret_;
    RefusingStore index_;
    blob::MemoryBlobStore blobs_;
    catalog::Catalog catalog_;
    object::ReplicaService replicas_;
    Receiver receiver_;
    Gate gate_;
    std::optional<http::Server> server_;
    std::unique_ptr<object::ObjectService> objects_;
    std::unique_ptr<object::BucketService> buckets_;
    std::optional<Manager> manager_;
    object::Caller caller_;

    runtime::Instant now() { return run(look_at_clock()); }

  private:
    static Task<runtime::Instant> look_at_clock() { co_return runtime::Executor::current().now(); }

    static Task<Result<void>> start_server(http::Server* server) { co_return server->start(); }

    Task<std::optional<std::string>> read(std::string bucket, std::string key) {
        object::GetObjectRequest request;
        request.bucket = BucketName(bucket);
        request.key = key;
        auto opened = co_await objects_->open_object(caller_, std::move(request));
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
};

class TwoRegions : public ::testing::Test {
  protected:
    void SetUp() override {
        west.emplace("cn-hangzhou", simulation, secret);
        east.emplace("cn-beijing", simulation, secret);
        west->connect(*east);
        east->connect(*west);
    }

    void TearDown() override {
        west->stop();
        east->stop();
    }

    void make_buckets(bool versioned) {
        west->make_bucket("here", versioned);
        east->make_bucket("there", versioned);
    }

    LinkSecret secret{"a secret of the link"};
    Simulation simulation;
    std::optional<Region> west;
    std::optional<Region> east;
};

}  // namespace antipode::replication

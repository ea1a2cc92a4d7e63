#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <random>

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
#include "runtime/io_threads.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

// Two regions in one process over real sockets, on the reference engines: everything of replication
// but the disks.
namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

template <typename T>
Task<void> keep(Task<T> task, std::promise<T>* out) {
    out->set_value(co_await task);
}

template <typename T>
T run_on(runtime::Executor& executor, Task<T> task) {
    std::promise<T> promise;
    runtime::start(executor, keep(std::move(task), &promise), [] {});
    return promise.get_future().get();
}

Task<Result<void>> as_result(Task<void> task) {
    co_await task;
    co_return Result<void>{};
}

Task<void> runtime_sleep() {
    co_await runtime::sleep_for(1ms);
}

/// A client is closed on its own executor.
Task<Result<void>> close(PeerClient* client) {
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

    std::atomic<bool> is_open = true;
    std::atomic<int> requests = 0;

  private:
    http::Handler& inner_;
};

class Region {
  public:
    Region(std::string name, runtime::IoThreads& threads, const LinkSecret& secret)
        : name_(std::move(name)),
          threads_(threads),
          secret_(secret),
          catalog_(index_, {.region = name_}),
          replicas_(catalog_, blobs_),
          receiver_(catalog_, replicas_, secret),
          gate_(receiver_) {
        EXPECT_TRUE(run(catalog_.load()));
        http::ServerOptions options;
        options.listen = {"127.0.0.1:0"};
        server_.emplace(options, gate_, threads_);
        EXPECT_TRUE(run(start_server(&*server_)));
        objects_ = object::make_object_service(catalog_, blobs_);
        buckets_ = object::make_bucket_service(catalog_);
        caller_.principal = {.account = AccountId("1000"), .access_key = "k", .is_root = true};
    }

    void connect(const Region& other) {
        ManagerOptions options;
        options.peers.push_back(
            {.region = other.name_, .address = other.server_->addresses().front(), .tls = false});
        manager_.emplace(std::move(options), catalog_, replicas_, secret_, threads_);
        manager_->start();
    }

    void disconnect() {
        EXPECT_TRUE(run(as_result(manager_->stop())));
        manager_.reset();
    }

    void stop() {
        if (manager_) {
            disconnect();
        }
        EXPECT_TRUE(run(as_result(server_->stop(1s))));
    }

    template <typename T>
    T run(Task<T> task) {
        return run_on(threads_.executor(0), std::move(task));
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

    Verification verify(const std::string& bucket) {
        auto outcome = run(manager_->verify(bucket, {}, 20s));
        EXPECT_TRUE(outcome) << outcome.error().message;
        return outcome.value_or(Verification{});
    }

    RuleStatus status(const std::string& bucket) {
        return run(manager_->status(bucket)).value().at(0);
    }

    std::string name_;
    runtime::IoThreads& threads_;
    const LinkSecret& secret_;
    index::MemoryStore index_;
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

  private:
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
        std::string out;
        while (source) {
            auto chunk = co_await (*source)->next();
            if (!chunk || chunk->empty()) {
                break;
            }
            out.append(as_text(*chunk));
        }
        co_return out;
    }
};

class TwoRegions : public ::testing::Test {
  protected:
    void SetUp() override {
        west.emplace("cn-hangzhou", threads, secret);
        east.emplace("cn-beijing", threads, secret);
        west->connect(*east);
        east->connect(*west);
    }

    void TearDown() override {
        west->stop();
        east->stop();
        threads.stop();
    }

    void make_buckets(bool versioned) {
        west->make_bucket("here", versioned);
        east->make_bucket("there", versioned);
    }

    LinkSecret secret{"a secret of the link"};
    runtime::IoThreads threads{2};
    std::optional<Region> west;
    std::optional<Region> east;
};

TEST_F(TwoRegions, bring_small_large_and_empty_objects_over_as_exact_replicas) {
    make_buckets(false);
    std::string large(9'500'000, 'x');
    std::mt19937 random(5);
    std::ranges::generate(large, [&random] { return static_cast<char>(random()); });
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));

    ASSERT_TRUE(west->put("here", "small", "hello"));
    ASSERT_TRUE(west->put("here", "empty", ""));
    ASSERT_TRUE(west->put("here", "large", large));

    const Verification outcome = west->verify("here");
    EXPECT_TRUE(outcome.is_identical);
    EXPECT_TRUE(outcome.by_set_digest)
        << "same ids, times, owner and metadata: the digests cover them";
    EXPECT_EQ(east->get("there", "small"), "hello");
    EXPECT_EQ(east->get("there", "empty"), "");
    EXPECT_EQ(east->get("there", "large"), large);
}

TEST_F(TwoRegions, carry_history_overwrites_and_deletes) {
    make_buckets(false);
    for (int i = 0; i < 700; ++i) {
        ASSERT_TRUE(west->put("here", "old/" + std::to_string(i), std::to_string(i)));
    }
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "old/5", "newer"));
    ASSERT_TRUE(west->remove("here", "old/6"));

    EXPECT_TRUE(west->verify("here").is_identical);

    EXPECT_EQ(east->get("there", "old/5"), "newer");
    EXPECT_EQ(east->get("there", "old/6"), std::nullopt);
    EXPECT_EQ(east->get("there", "old/699"), "699");
    const RuleStatus status = west->status("here");
    EXPECT_TRUE(status.history_done);
    EXPECT_EQ(status.history_copied, status.history_total);
}

TEST_F(TwoRegions, leave_out_history_when_the_rule_says_so) {
    make_buckets(false);
    ASSERT_TRUE(west->put("here", "before", "1"));
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there", false));
    ASSERT_TRUE(west->put("here", "after", "2"));

    const Verification outcome = west->verify("here");

    EXPECT_FALSE(outcome.is_identical);
    ASSERT_EQ(outcome.differences.size(), 1U);
    EXPECT_EQ(outcome.differences[0].key, "before");
    EXPECT_EQ(east->get("there", "after"), "2");
}

TEST_F(TwoRegions, converge_in_both_directions_without_echo) {
    make_buckets(true);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(east->add_rule("there", "cn-hangzhou", "here"));
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE(west->put("here", "k" + std::to_string(i % 7), "w" + std::to_string(i)));
        ASSERT_TRUE(east->put("there", "k" + std::to_string(i % 5), "e" + std::to_string(i)));
        if (i % 11 == 0) {
            ASSERT_TRUE(east->remove("there", "k" + std::to_string(i % 5)));
        }
    }

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_TRUE(east->verify("there").is_identical);
    for (int i = 0; i < 7; ++i) {
        EXPECT_EQ(west->get("here", "k" + std::to_string(i)),
                  east->get("there", "k" + std::to_string(i)));
    }
    const int quiet = west->gate_.requests + east->gate_.requests;
    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_LT(west->gate_.requests + east->gate_.requests - quiet, 5)
        << "nothing goes round in circles";
}

TEST_F(TwoRegions, lose_nothing_while_the_destination_is_away) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "first", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);

    east->gate_.is_open = false;
    const std::int64_t before = west->status("here").recovery_point_ms;
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(west->put("here", "k" + std::to_string(i), "v"));
    }
    const RuleStatus away = west->status("here");
    EXPECT_EQ(away.backlog_operations, 300U);
    EXPECT_EQ(away.backlog_bytes, 300U);
    EXPECT_GE(away.recovery_point_ms, before);
    EXPECT_LE(away.recovery_point_ms, away.oldest_pending_ms);
    east->gate_.is_open = true;

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(west->status("here").backlog_operations, 0U);
}

TEST_F(TwoRegions, go_on_where_they_were_after_a_restart) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(west->put("here", "k" + std::to_string(i), "v"));
    }
    west->disconnect();
    ASSERT_TRUE(west->put("here", "while-away", "v"));
    west->connect(*east);

    EXPECT_TRUE(west->verify("here").is_identical);
}

TEST_F(TwoRegions, fence_a_rule_that_was_removed) {
    make_buckets(false);
    const auto rule = west->add_rule("here", "cn-beijing", "there");
    ASSERT_TRUE(rule);
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);

    const auto removed =
        west->run(west->manager_->remove_rule(west->caller_, BucketName("here"), rule->id));
    ASSERT_TRUE(removed);
    ASSERT_TRUE(west->remove("here", "a"));
    while (west->catalog_.find_bucket(BucketName("here"))->config()->has_live_rule() ||
           east->catalog_.find_bucket(BucketName("there"))->config()->has_live_rule()) {
        west->run(as_result(runtime_sleep()));
    }

    EXPECT_EQ(east->get("there", "a"), "1") << "what was replicated stays";
    PeerClient late(
        {.region = "cn-beijing", .address = east->server_->addresses().front(), .tls = false},
        "cn-hangzhou",
        secret,
        threads.network(0));
    ApplyRequest request{.rule = {.source_region = "cn-hangzhou",
                                  .source_bucket = "here",
                                  .target_bucket = "there",
                                  .rule_id = rule->id,
                                  .epoch = rule->epoch},
                         .operations = {}};
    request.operations.emplace_back();
    request.operations.back().kind = OperationKind::Purge;
    request.operations.back().version.key = "a";
    const auto refused = west->run(late.apply(std::move(request)));
    west->run(close(&late));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Fenced);
}

TEST_F(TwoRegions, refuse_rules_that_cannot_be) {
    west->make_bucket("here", false);
    east->make_bucket("versioned", true);

    EXPECT_EQ(west->add_rule("here", "cn-beijing", "nowhere").error().code,
              ErrorCode::InvalidTargetBucket);
    EXPECT_EQ(west->add_rule("here", "eu-west-1", "there").error().code,
              ErrorCode::BadReplicationLocation);
    EXPECT_EQ(west->add_rule("here", "cn-beijing", "versioned").error().code,
              ErrorCode::InvalidBucketStatus);
    EXPECT_EQ(west->add_rule("missing", "cn-beijing", "there").error().code,
              ErrorCode::NoSuchBucket);
}

TEST_F(TwoRegions, refuse_peers_without_the_links_secret) {
    const LinkSecret other{"another secret"};
    PeerClient stranger(
        {.region = "cn-beijing", .address = east->server_->addresses().front(), .tls = false},
        "cn-hangzhou",
        other,
        threads.network(0));

    const auto refused = west->run(stranger.bucket_facts("there"));
    west->run(close(&stranger));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::AccessDenied);
}

}  // namespace
}  // namespace antipode::replication

#include "admin/accounts.h"

#include "admin/account_routes.h"
#include "admin/admin_harness.h"
#include "catalog/catalog.h"
#include "index/memory_store.h"
#include "runtime/run_to_end.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

/// A region's settings, which outlive the program that keeps accounts in them.
struct AccountsOfARegion : Admin {
    AccountsOfARegion() {
        EXPECT_TRUE(run(catalog.load()));
        start(RootKey{.access_key = "root", .secret = "root-secret"});
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor, std::move(task));
    }

    /// As a program that starts: only what is stored is known.
    void start(std::optional<RootKey> given) {
        for (const access::AccessKey& key : keyring.all()) {
            keyring.remove(key.id);
        }
        accounts.emplace(catalog, keyring);
        account_routes.emplace(*accounts);
        key_routes.emplace(*accounts);
        api.add("accounts", *account_routes);
        api.add("keys", *key_routes);
        auto loaded = run(accounts->load(std::move(given)));
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        root = std::move(*loaded);
    }

    std::string create_account(const std::string& name) {
        const Answered made = call("POST", "accounts", R"({"name":")" + name + R"("})");
        EXPECT_EQ(made.status, 200) << boost::json::serialize(made.body);
        return std::string(made.body.at("id").as_string());
    }

    index::MemoryStore index;
    catalog::Catalog catalog{index, {.region = "cn-hangzhou"}};
    std::optional<Accounts> accounts;
    std::optional<AccountRoutes> account_routes;
    std::optional<KeyRoutes> key_routes;
    Accounts::Root root;
};

TEST_F(AccountsOfARegion, are_made_listed_and_removed) {
    const std::string id = create_account("alice");
    EXPECT_EQ(id, derive_account_id("account:alice").str()) << "the same in every linked region";

    const Answered listed = call("GET", "accounts");
    EXPECT_THAT(boost::json::serialize(listed.body), HasSubstr(R"("name":"alice")"));

    EXPECT_EQ(call("DELETE", "accounts/" + id).status, 200);
    EXPECT_EQ(call("DELETE", "accounts/" + id).status, 404);
}

TEST_F(AccountsOfARegion, get_keys_that_sign_and_lose_them_with_the_account) {
    const std::string id = create_account("alice");

    const Answered made = call("POST", "keys", R"({"account":")" + id + R"("})");

    ASSERT_EQ(made.status, 200) << boost::json::serialize(made.body);
    const std::string key(made.body.at("access_key").as_string());
    const auto found = keyring.find(key);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->secret, made.body.at("secret_key").as_string());
    EXPECT_EQ(found->account.str(), id);
    EXPECT_FALSE(found->is_root);
    EXPECT_THAT(boost::json::serialize(call("GET", "keys").body), testing::Not(HasSubstr("secret")))
        << "a secret is shown once";
    EXPECT_EQ(call("DELETE", "accounts/" + id).status, 200);
    EXPECT_FALSE(keyring.find(key).has_value());
}

TEST_F(AccountsOfARegion, are_there_after_a_restart) {
    const std::string id = create_account("alice");
    call("POST",
         "keys",
         R"({"account":")" + id + R"(","access_key":"alices-key","secret_key":"alices-secret"})");

    start(RootKey{.access_key = "root", .secret = "root-secret"});

    ASSERT_TRUE(keyring.find("alices-key").has_value());
    EXPECT_EQ(keyring.find("alices-key")->secret, "alices-secret");
    EXPECT_THAT(boost::json::serialize(call("GET", "accounts").body), HasSubstr("alice"));
}

TEST_F(AccountsOfARegion, keep_the_root_account_when_its_key_is_replaced) {
    const std::string before = root.account.str();

    start(RootKey{.access_key = "another", .secret = "another-secret"});

    EXPECT_EQ(root.account.str(), before);
    EXPECT_FALSE(keyring.find("root").has_value());
}

TEST_F(AccountsOfARegion, refuse_what_cannot_be) {
    const std::string id = create_account("alice");

    EXPECT_EQ(call("POST", "accounts", R"({"name":"alice"})").status, 409) << "the id is taken";
    EXPECT_EQ(call("POST", "accounts", R"({"name":"x","id":"12"})").status, 400);
    EXPECT_EQ(call("POST", "accounts", R"({})").status, 400);
    EXPECT_EQ(call("POST", "accounts", R"({"name":"x","nme":"y"})").status, 400);
    EXPECT_EQ(call("DELETE", "accounts/" + root.account.str()).status, 409);
    EXPECT_EQ(call("POST", "keys", R"({"account":"0000000000000000"})").status, 404);
    EXPECT_EQ(call("POST", "keys", R"({"account":")" + id + R"(","access_key":"root"})").status,
              409)
        << "the access key is taken";
    EXPECT_EQ(call("POST", "keys", R"({"account":")" + id + R"(","access_key":"a/b"})").status,
              400);
    EXPECT_EQ(call("POST", "keys", R"({"account":")" + id + R"(","secret_key":"short"})").status,
              400);
    EXPECT_EQ(call("DELETE", "keys/root").status, 409);
    EXPECT_EQ(call("DELETE", "keys/nobody").status, 404);
}

TEST_F(AccountsOfARegion, keep_an_account_that_still_owns_a_bucket) {
    const std::string id = create_account("alice");
    Bucket bucket;
    bucket.name = BucketName("hers");
    bucket.owner = AccountId(id);
    ASSERT_TRUE(run(catalog.create_bucket(std::move(bucket))));

    const Answered refused = call("DELETE", "accounts/" + id);

    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(boost::json::serialize(call("GET", "accounts").body), HasSubstr("alice"));
}

}  // namespace
}  // namespace antipode::admin

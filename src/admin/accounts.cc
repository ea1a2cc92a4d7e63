#include "admin/accounts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/open_record.h"
#include "base/record.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/random_bytes.h"
#include "runtime/executor.h"

namespace antipode::admin {

namespace {

constexpr std::uint8_t kFormat = 1;  // docs/formats/settings.md
constexpr std::string_view kRootAccount = "root-account";
constexpr std::string_view kRootKey = "root-key";
constexpr std::string_view kAccountPrefix = "account/";
constexpr std::string_view kKeyPrefix = "access-key/";

std::string setting_of(std::string_view prefix, std::string_view id) {
    return fmt::format("{}{}", prefix, id);
}

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

/// Letters and digits only, so that it survives every shell, file and URL.
std::string random_word(std::size_t length) {
    std::string word;
    while (word.size() < length) {
        for (const char c : codec::base64_encode(crypto::random_bytes(length))) {
            if (c != '+' && c != '/' && c != '=' && word.size() < length) {
                word += c;
            }
        }
    }
    return word;
}

std::string encode(const Account& account) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(account.name);
    out.u64(static_cast<std::uint64_t>(account.created_ms));
    return out.take();
}

Result<Account> decode_account(std::string_view id, std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "an account"));
    Account account;
    account.id = AccountId(std::string(id));
    account.name = in.text();
    account.created_ms = static_cast<std::int64_t>(in.u64());
    TRY_VOID(in.finish("an account"));
    return account;
}

std::string encode(const access::AccessKey& key) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(key.account.str());
    out.text(key.secret);
    return out.take();
}

Result<access::AccessKey> decode_key(std::string_view id, std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "an access key"));
    access::AccessKey key;
    key.id = id;
    key.account = AccountId(std::string(in.text()));
    key.secret = in.text();
    TRY_VOID(in.finish("an access key"));
    return key;
}

bool is_account_id(std::string_view id) {
    return id.size() == 16 && std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

AccountId derive_account_id(std::string_view text) {
    constexpr std::uint64_t kLeast = 1'000'000'000'000'000;
    const std::uint64_t drawn = from_big_endian(as_text(crypto::sha256(as_bytes(text)).bytes()));
    return AccountId(std::to_string(kLeast + drawn % (9 * kLeast)));
}

Result<void> check_access_key(std::string_view access_key) {
    const auto fits = [](char c) {
        return c > ' ' && c < '\x7f' && c != '/' && c != ':' && c != ',';
    };
    if (access_key.size() < 3 || access_key.size() > 128 ||
        !std::ranges::all_of(access_key, fits)) {
        return fail(ErrorCode::InvalidArgument,
                    "an access key has 3 to 128 visible characters other than '/', ':' and ','");
    }
    return {};
}

Result<void> check_secret(std::string_view secret) {
    if (secret.size() < 8 || secret.size() > 256) {
        return fail(ErrorCode::InvalidArgument, "a secret key has 8 to 256 characters");
    }
    return {};
}

Task<Result<Accounts::Root>> Accounts::load(std::optional<RootKey> given) {
    CO_TRY_VOID(co_await load_keys());
    CO_TRY(Root root, co_await settle_root(std::move(given)));
    root_account_ = root.account;
    root_access_key_ = root.key.access_key;
    keyring_.put({.id = root.key.access_key,
                  .secret = root.key.secret,
                  .account = root.account,
                  .is_root = true});
    co_return root;
}

Task<Result<void>> Accounts::load_keys() {
    CO_TRY(const NamedValues rows, co_await catalog_.list_settings(std::string(kKeyPrefix)));
    for (const auto& [name, value] : rows) {
        CO_TRY(access::AccessKey key,
               decode_key(std::string_view(name).substr(kKeyPrefix.size()), value));
        keyring_.put(std::move(key));
    }
    co_return Result<void>();
}

Task<Result<Accounts::Root>> Accounts::settle_root(std::optional<RootKey> given) {
    Root root;
    CO_TRY(const auto stored_key, co_await catalog_.get_setting(std::string(kRootKey)));
    if (given) {
        root.key = std::move(*given);
    } else if (stored_key) {
        const std::size_t separator = stored_key->find('\0');
        if (separator == std::string::npos) {
            co_return fail(ErrorCode::Corrupt, "the stored root credential cannot be read");
        }
        root.key = {.access_key = stored_key->substr(0, separator),
                    .secret = stored_key->substr(separator + 1)};
    } else {
        root.key = {.access_key = "AP" + random_word(18), .secret = random_word(40)};
        root.is_new = true;
        CO_TRY_VOID(co_await catalog_.put_setting(
            std::string(kRootKey), root.key.access_key + std::string(1, '\0') + root.key.secret));
    }
    CO_TRY(const auto stored_account, co_await catalog_.get_setting(std::string(kRootAccount)));
    root.account =
        stored_account ? AccountId(*stored_account) : derive_account_id(root.key.access_key);
    if (!stored_account) {
        CO_TRY_VOID(co_await catalog_.put_setting(std::string(kRootAccount), root.account.str()));
    }
    co_return root;
}

Task<Result<std::vector<Account>>> Accounts::list() {
    std::vector<Account> accounts;
    accounts.push_back({.id = root_account_, .name = "root", .created_ms = 0});
    CO_TRY(const NamedValues rows, co_await catalog_.list_settings(std::string(kAccountPrefix)));
    for (const auto& [name, value] : rows) {
        CO_TRY(Account account,
               decode_account(std::string_view(name).substr(kAccountPrefix.size()), value));
        accounts.push_back(std::move(account));
    }
    co_return accounts;
}

Task<Result<bool>> Accounts::exists(std::string id) {
    if (id == root_account_.str()) {
        co_return true;
    }
    CO_TRY(const auto row, co_await catalog_.get_setting(setting_of(kAccountPrefix, id)));
    co_return row.has_value();
}

Task<Result<Account>> Accounts::create(std::string name, std::string id) {
    if (name.empty() || name.size() > 64) {
        co_return fail(ErrorCode::InvalidArgument, "an account's name has 1 to 64 characters");
    }
    if (id.empty()) {
        id = derive_account_id("account:" + name).str();
    }
    if (!is_account_id(id)) {
        co_return fail(ErrorCode::InvalidArgument,
                       fmt::format("'{}' is not an account id: it has 16 digits", id));
    }
    CO_TRY(const bool is_taken, co_await exists(id));
    if (is_taken) {
        co_return fail(ErrorCode::Conflict, fmt::format("there is an account {} already", id));
    }
    Account account{.id = AccountId(id), .name = std::move(name), .created_ms = now_ms()};
    CO_TRY_VOID(co_await catalog_.put_setting(setting_of(kAccountPrefix, id), encode(account)));
    co_return account;
}

Task<Result<void>> Accounts::remove(std::string id) {
    if (id == root_account_.str()) {
        co_return fail(ErrorCode::Conflict, "the root account cannot be removed");
    }
    CO_TRY(const bool is_there, co_await exists(id));
    if (!is_there) {
        co_return fail(ErrorCode::NotFound, fmt::format("there is no account {}", id));
    }
    for (const auto& bucket : catalog_.buckets()) {
        if (bucket->config()->owner.str() == id) {
            co_return fail(
                ErrorCode::Conflict,
                fmt::format(
                    "account {} still owns the bucket {}", id, bucket->config()->name.str()));
        }
    }
    // Keys first: an account without keys is harmless, a key without its account is not.
    for (const access::AccessKey& key : keyring_.all()) {
        if (key.account.str() == id) {
            CO_TRY_VOID(co_await remove_key(key.id));
        }
    }
    co_return co_await catalog_.put_setting(setting_of(kAccountPrefix, id), std::nullopt);
}

Task<Result<access::AccessKey>> Accounts::create_key(std::string account,
                                                     std::string access_key,
                                                     std::string secret) {
    CO_TRY(const bool is_there, co_await exists(account));
    if (!is_there) {
        co_return fail(ErrorCode::NotFound, fmt::format("there is no account {}", account));
    }
    if (access_key.empty()) {
        access_key = "AP" + random_word(18);
    }
    if (secret.empty()) {
        secret = random_word(40);
    }
    CO_TRY_VOID(check_access_key(access_key));
    CO_TRY_VOID(check_secret(secret));
    if (keyring_.find(access_key)) {
        co_return fail(ErrorCode::Conflict,
                       fmt::format("there is an access key {} already", access_key));
    }
    access::AccessKey key{.id = std::move(access_key),
                          .secret = std::move(secret),
                          .account = AccountId(account),
                          .is_root = account == root_account_.str()};
    CO_TRY_VOID(co_await catalog_.put_setting(setting_of(kKeyPrefix, key.id), encode(key)));
    keyring_.put(key);
    co_return key;
}

Task<Result<void>> Accounts::remove_key(std::string access_key) {
    if (access_key == root_access_key_) {
        co_return fail(ErrorCode::Conflict,
                       "the root credential cannot be removed; start the server with another one");
    }
    if (!keyring_.find(access_key)) {
        co_return fail(ErrorCode::NotFound, fmt::format("there is no access key {}", access_key));
    }
    keyring_.remove(access_key);
    co_return co_await catalog_.put_setting(setting_of(kKeyPrefix, access_key), std::nullopt);
}

}  // namespace antipode::admin

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/keyring.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "runtime/task.h"

namespace antipode::admin {

struct Account {
    AccountId id;
    std::string name;
    std::int64_t created_ms = 0;
};

/// The access key and secret of the root account.
struct RootKey {
    std::string access_key;
    std::string secret;
};

/// 16 decimal digits, the same everywhere for the same text. Linked regions so agree on the ids of
/// accounts that were made from the same root access key or the same name.
AccountId derive_account_id(std::string_view text);

/// Accounts and their access keys: kept as settings of the region, mirrored into the keyring that
/// signatures are checked with. Threads: any executor; changes are serialised by the catalog's
/// rows, not here: two operators who change the same account at once get the later change.
class Accounts {
  public:
    Accounts(catalog::Catalog& catalog, access::Keyring& keyring)
        : catalog_(catalog), keyring_(keyring) {}

    struct Root {
        RootKey key;
        AccountId account;
        bool is_new = false;  ///< Made just now: to be shown once.
    };

    /// Fills the keyring. `given` comes from the environment and is not stored; without it the
    /// stored key is used, or one is made and stored. The root account's id is settled by the first
    /// start of all and kept for ever, so that a root key can be replaced without losing what the
    /// account owns.
    Task<Result<Root>> load(std::optional<RootKey> given);

    Task<Result<std::vector<Account>>> list();
    /// InvalidArgument for an id that is not 16 digits, Conflict when it is taken. An empty id is
    /// derived from the name.
    Task<Result<Account>> create(std::string name, std::string id);
    /// Removes its keys too. NotFound; Conflict when it is the root's or still owns a bucket.
    Task<Result<void>> remove(std::string id);

    /// An empty access key or secret is made. NotFound: no such account; Conflict: the access key
    /// is taken.
    Task<Result<access::AccessKey>> create_key(std::string account,
                                               std::string access_key,
                                               std::string secret);
    /// NotFound; Conflict for the root's own.
    Task<Result<void>> remove_key(std::string access_key);

    [[nodiscard]] const access::Keyring& keyring() const { return keyring_; }

    [[nodiscard]] const AccountId& root_account() const { return root_account_; }

  private:
    Task<Result<Root>> settle_root(std::optional<RootKey> given);
    Task<Result<void>> load_keys();
    Task<Result<bool>> exists(std::string id);

    catalog::Catalog& catalog_;
    access::Keyring& keyring_;
    AccountId root_account_;
    std::string root_access_key_;
};

/// Sentence for what is wrong with an access key or a secret, or nothing. The same rules for the
/// environment and for keys made by an operator.
Result<void> check_access_key(std::string_view access_key);
Result<void> check_secret(std::string_view secret);

}  // namespace antipode::admin

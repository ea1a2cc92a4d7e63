#pragma once

#include <string>

#include "model/object_version.h"

namespace antipode::access {

/// Who a request was signed by.
struct Principal {
    AccountId account;       ///< Decimal digits; empty = anonymous.
    std::string access_key;  ///< The key id it was signed with.
    bool is_root = false;    ///< The root account: may use admin/.

    [[nodiscard]] bool is_anonymous() const { return account.empty(); }
};

}  // namespace antipode::access

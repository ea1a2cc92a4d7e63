#include "admin/account_routes.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/json_fields.h"

namespace antipode::admin {

Task<Answer> AccountRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        co_return co_await list();
    }
    if (call.is("POST", 0)) {
        co_return co_await create(std::move(call));
    }
    if (call.is("DELETE", 1)) {
        CO_TRY_VOID(co_await accounts_.remove(call.path[0]));
        co_return boost::json::value{{"deleted", call.path[0]}};
    }
    co_return no_such_route(call);
}

Task<Answer> AccountRoutes::list() {
    CO_TRY(const std::vector<Account> accounts, co_await accounts_.list());
    const std::vector<access::AccessKey> keys = accounts_.keyring().all();
    boost::json::array list;
    for (const Account& account : accounts) {
        const auto owned = [&](const access::AccessKey& key) { return key.account == account.id; };
        list.push_back({{"id", account.id.str()},
                        {"name", account.name},
                        {"created_ms", account.created_ms},
                        {"keys", std::ranges::count_if(keys, owned)}});
    }
    co_return boost::json::value{{"accounts", std::move(list)}};
}

Task<Answer> AccountRoutes::create(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"name", "id"}));
    CO_TRY(std::string name, text(call.body, "name"));
    CO_TRY(const auto id, optional_text(call.body, "id"));
    CO_TRY(const Account account, co_await accounts_.create(std::move(name), id.value_or("")));
    co_return boost::json::value{{"id", account.id.str()},
                                 {"name", account.name},
                                 {"created_ms", account.created_ms},
                                 {"keys", 0}};
}

Task<Answer> KeyRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        co_return list();
    }
    if (call.is("POST", 0)) {
        co_return co_await create(std::move(call));
    }
    if (call.is("DELETE", 1)) {
        CO_TRY_VOID(co_await accounts_.remove_key(call.path[0]));
        co_return boost::json::value{{"deleted", call.path[0]}};
    }
    co_return no_such_route(call);
}

boost::json::value KeyRoutes::list() const {
    std::vector<access::AccessKey> keys = accounts_.keyring().all();
    std::ranges::sort(keys, {}, &access::AccessKey::id);
    boost::json::array list;
    for (const access::AccessKey& key : keys) {
        list.push_back(
            {{"access_key", key.id}, {"account", key.account.str()}, {"root", key.is_root}});
    }
    return boost::json::value{{"keys", std::move(list)}};
}

Task<Answer> KeyRoutes::create(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"account", "access_key", "secret_key"}));
    CO_TRY(std::string account, text(call.body, "account"));
    CO_TRY(const auto access_key, optional_text(call.body, "access_key"));
    CO_TRY(const auto secret, optional_text(call.body, "secret_key"));
    CO_TRY(const access::AccessKey key,
           co_await accounts_.create_key(
               std::move(account), access_key.value_or(""), secret.value_or("")));
    co_return boost::json::value{{"access_key", key.id},
                                 {"secret_key", key.secret},
                                 {"account", key.account.str()},
                                 {"root", key.is_root}};
}

}  // namespace antipode::admin

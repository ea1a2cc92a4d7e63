#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "access/keyring.h"
#include "codec/uri.h"
#include "http/message.h"
#include "runtime/task.h"

namespace antipode::admin {

inline constexpr std::string_view kAdminPrefix = "/-/admin/v1/";

/// One call, already authenticated. `path` are the decoded segments after the group's name.
struct Call {
    std::string method;
    std::vector<std::string> path;
    codec::Query query;
    boost::json::value body;  ///< Null when none was sent; otherwise an object.
    access::AccessKey key;

    /// "GET" with `segments` segments left?
    [[nodiscard]] bool is(std::string_view wanted_method, std::size_t segments) const {
        return method == wanted_method && path.size() == segments;
    }
};

using Answer = Result<boost::json::value>;

/// One group of routes: /-/admin/v1/<group>/...
class Routes {
  public:
    Routes() = default;
    Routes(const Routes&) = delete;
    Routes& operator=(const Routes&) = delete;
    virtual ~Routes() = default;

    virtual Task<Answer> handle(Call call) = 0;
};

/// The answer of a group to what it does not have.
Answer no_such_route(const Call& call);

/// Only keys of the root account may call. Errors are {"error":{"code":...,"message":...}}.
class AdminApi final : public http::Handler {
  public:
    explicit AdminApi(const access::Keyring& keyring) : keyring_(keyring) {}

    /// Before the first request. `routes` outlives this object.
    void add(std::string group, Routes& routes) { groups_[std::move(group)] = &routes; }

    Task<http::Response> handle(http::Request& request) override;

  private:
    Task<Answer> answer(http::Request& request);

    const access::Keyring& keyring_;
    std::map<std::string, Routes*, std::less<>> groups_;
};

}  // namespace antipode::admin

#include "admin/info_routes.h"

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include "runtime/executor.h"

namespace antipode::admin {

Task<Answer> InfoRoutes::handle(Call call) {
    if (!call.is("GET", 0)) {
        co_return no_such_route(call);
    }
    co_return boost::json::value{
        {"region", info_.region},
        {"version", info_.version},
        {"engine", info_.engine},
        {"account", info_.root_account},
        {"started_ms", info_.started_ms},
        {"now_ms", runtime::Executor::current().wall_now().time_since_epoch().count()},
        {"peers", boost::json::value_from(info_.peers)}};
}

}  // namespace antipode::admin

#include "admin/admin_api.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "admin/error_status.h"
#include "admin/request_signature.h"
#include "base/units.h"
#include "runtime/executor.h"
#include "runtime/read_text.h"

namespace antipode::admin {

namespace {

constexpr std::size_t kBodyBytesMax = 64 * kKiB;

Result<boost::json::value> parse_body(const std::string& text) {
    if (text.empty()) {
        return boost::json::value(nullptr);
    }
    boost::json::error_code error;
    boost::json::value value = boost::json::parse(text, error);
    if (error || !value.is_object()) {
        return fail(ErrorCode::InvalidRequest, "the body is not a JSON object");
    }
    return value;
}

std::vector<std::string> segments(std::string_view path) {
    std::vector<std::string> found;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        found.emplace_back(path.substr(0, slash));
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return found;
}

http::Response json_response(int status, const boost::json::value& value) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Cache-Control", "no-store");
    response.text = boost::json::serialize(value) + "\n";
    return response;
}

}  // namespace

Answer no_such_route(const Call& call) {
    return fail(ErrorCode::NotFound,
                fmt::format("there is no {} of this path; admin.openapi.yaml lists what there is",
                            call.method));
}

Task<http::Response> AdminApi::handle(http::Request& request) {
    const Answer given = co_await answer(request);
    if (given) {
        co_return json_response(200, *given);
    }
    const boost::json::value error{
        {"error", {{"code", name_of(given.error().code)}, {"message", given.error().message}}}};
    co_return json_response(http_status(given.error().code), error);
}

Task<Answer> AdminApi::answer(http::Request& request) {
    CO_TRY(const codec::Target target, codec::parse_target(request.target));
    CO_TRY(const std::string text, co_await runtime::read_text(request.body.get(), kBodyBytesMax));
    CO_TRY(access::AccessKey key,
           authenticate(keyring_, request, text, runtime::Executor::current().wall_now()));
    if (!key.is_root) {
        co_return fail(ErrorCode::AccessDenied,
                       "only keys of the root account may use the admin API");
    }
    Call call;
    call.method = request.method;
    call.query = target.query;
    call.key = std::move(key);
    CO_TRY(call.body, parse_body(text));
    if (target.path.starts_with(kAdminPrefix)) {
        call.path = segments(std::string_view(target.path).substr(kAdminPrefix.size()));
    }
    const auto group = call.path.empty() ? groups_.end() : groups_.find(call.path.front());
    if (group == groups_.end()) {
        co_return no_such_route(call);
    }
    call.path.erase(call.path.begin());
    co_return co_await group->second->handle(std::move(call));
}

}  // namespace antipode::admin

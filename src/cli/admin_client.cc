#include "cli/admin_client.h"

#include <semaphore>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "admin/admin_api.h"
#include "admin/request_signature.h"
#include "cli/output.h"
#include "codec/http_date.h"
#include "http/client.h"
#include "runtime/io_threads.h"
#include "runtime/task_group.h"

namespace antipode::cli {

namespace {

http::ClientRequest signed_request(const Session& session,
                                   const Command& command,
                                   runtime::WallTime now) {
    http::ClientRequest request;
    request.method = command.method;
    request.target = fmt::format("{}{}", admin::kAdminPrefix, command.target);
    if (!command.body.empty()) {
        request.text = boost::json::serialize(command.body);
        request.headers.set("Content-Type", "application/json");
    }
    const std::string date = codec::format_basic(now);
    const admin::SignedParts parts{
        .method = request.method, .target = request.target, .date = date, .body = request.text};
    request.headers.set(admin::kDateHeader, date);
    request.headers.set("Authorization",
                        admin::authorization(session.access_key, session.secret, parts));
    return request;
}

Task<void> exchange(const Session& session,
                    const Command& command,
                    runtime::Network& network,
                    Result<http::ClientResponse>& into) {
    http::ClientOptions options;
    options.address = session.address;
    options.connect.tls = session.tls;
    // Commands such as verify work for a while before they answer.
    options.idle_timeout = std::chrono::minutes(10);
    http::Client client(std::move(options), network);
    auto request = signed_request(session, command, runtime::Executor::current().wall_now());
    into = co_await client.call(std::move(request));
    client.close();
}

Result<boost::json::value> read_answer(const Session& session,
                                       const http::ClientResponse& response) {
    boost::json::error_code error;
    boost::json::value answer = boost::json::parse(response.text, error);
    if (error || !answer.is_object()) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} does not answer like an Antipode server (status {})",
                                session.address,
                                response.status));
    }
    if (response.status == 200) {
        return answer;
    }
    std::string message;
    if (const auto* problem = answer.get_object().if_contains("error")) {
        message = text_at(*problem, "message");
        if (message.empty()) {
            message = text_at(*problem, "code");
        }
    }
    return fail(ErrorCode::InvalidRequest,
                message.empty() ? fmt::format("status {}", response.status) : message);
}

}  // namespace

Result<boost::json::value> call(const Session& session, const Command& command) {
    runtime::IoThreads threads(1);
    Result<http::ClientResponse> response = fail(ErrorCode::Internal, "no answer");
    std::binary_semaphore done(0);
    runtime::start(threads.executor(0),
                   exchange(session, command, threads.network(0), response),
                   [&done] { done.release(); });
    done.acquire();
    threads.stop();
    if (!response) {
        return fail(response.error().code,
                    fmt::format("{} is not reached: {}",
                                session.address,
                                response.error().message.empty() ? name_of(response.error().code)
                                                                 : response.error().message));
    }
    return read_answer(session, *response);
}

}  // namespace antipode::cli

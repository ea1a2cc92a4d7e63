#include "oss/oss_gateway.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "oss/authenticate.h"
#include "oss/object_headers.h"
#include "oss/oss_errors.h"
#include "oss/oss_routes.h"
#include "protocol/form.h"
#include "runtime/executor.h"

namespace antipode::oss {

namespace {

Result<void> check_names(const Exchange& x) {
    if (!x.parsed.bucket.empty()) {
        // Buckets made over S3 may have dots; PutBucket refuses them.
        TRY_VOID(check_bucket_name(x.parsed.bucket, true));
    }
    if (!x.parsed.key.empty()) {
        TRY_VOID(check_key(x.parsed.key));
    }
    return {};
}

/// An accelerate endpoint is for buckets that are accelerated, named by the host, and for nothing
/// else.
Task<Result<void>> check_acceleration(Exchange& x) {
    if (!x.parsed.is_at_accelerate_endpoint) {
        co_return Result<void>();
    }
    if (x.parsed.bucket.empty()) {
        co_return fail(ErrorCode::AccessDenied,
                       "Calls of the service are not possible at an accelerate endpoint.");
    }
    if (!x.parsed.is_virtual_hosted) {
        x.detail.code = "SecondLevelDomainForbidden";
        co_return fail(ErrorCode::AccessDenied,
                       "The bucket you are attempting to access must be addressed using OSS third "
                       "level domain.");
    }
    CO_TRY(const bool is_accelerated, co_await x.services.buckets.is_accelerated(x.bucket()));
    if (!is_accelerated) {
        x.detail.code = "TransferAccelerationDisabled";
        co_return fail(ErrorCode::AccessDenied, "Transfer acceleration is disabled.");
    }
    co_return Result<void>();
}

Level level_of(const protocol::ParsedRequest& parsed) {
    if (parsed.bucket.empty()) {
        return Level::Service;
    }
    return parsed.key.empty() ? Level::Bucket : Level::Object;
}

/// OSS's word for what is wrong with a form before its fields are looked at.
std::string_view code_of_form(ErrorCode code) {
    switch (code) {
        case ErrorCode::EntityTooLarge:
            return "FieldItemTooLong";
        case ErrorCode::MissingArgument:
            return "IncorrectNumberOfFilesInPOSTRequest";
        default:
            return "MalformedPOSTRequest";
    }
}

void add_common_headers(http::Response& response,
                        const std::string& request_id,
                        runtime::Duration took) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    response.headers.set("Server", "AliyunOSS");
    response.headers.set("x-oss-request-id", request_id);
    response.headers.set("x-oss-server-time", std::to_string(ms));
}

}  // namespace

Gateway::Gateway(Services services, const access::Keyring& keyring)
    : services_(services), keyring_(keyring) {}

Task<Result<http::Response>> Gateway::answer(Exchange& x) {
    CO_TRY(Authenticated authenticated,
           authenticate(x.request, x.parsed, x.authentication, x.detail));
    x.caller.principal = std::move(authenticated.principal);
    x.payload_sha256 = std::move(authenticated.payload_sha256);
    CO_TRY(const Handler handler, find_handler(x.request.method, level_of(x.parsed), x.query()));
    CO_TRY_VOID(check_names(x));
    CO_TRY_VOID(co_await check_acceleration(x));
    co_return co_await handler(x);
}

Task<http::Response> Gateway::handle(http::Request& request, protocol::ParsedRequest parsed) {
    const runtime::Instant begin = runtime::Executor::current().now();
    const Authentication by{
        .keyring = keyring_, .signing_keys = signing_keys_, .region = services_.buckets.region()};
    Exchange x{.request = request,
               .parsed = parsed,
               .services = services_,
               .authentication = by,
               .caller = {.principal = {}, .request_id = parsed.request_id},
               .payload_sha256 = {},
               .detail = {}};
    Result<http::Response> answered = co_await answer(x);
    if (!answered) {
        const ErrorContext context{.method = request.method,
                                   .request_id = parsed.request_id,
                                   .host = x.host(),
                                   .bucket = parsed.bucket,
                                   .key = parsed.key};
        answered = error_response(answered.error(), x.detail, context);
    }
    add_common_headers(*answered, parsed.request_id, runtime::Executor::current().now() - begin);
    co_return std::move(*answered);
}

http::Response Gateway::refuse(const http::Request& request,
                               const Error& error,
                               const std::string& request_id) {
    const ErrorContext context{.method = request.method,
                               .request_id = request_id,
                               .host = request.headers.get("host"),
                               .bucket = {},
                               .key = {}};
    ErrorDetail detail;
    if (protocol::form_boundary(request)) {
        detail.code = code_of_form(error.code);
    }
    http::Response response = error_response(error, detail, context);
    add_common_headers(response, request_id, {});
    return response;
}

}  // namespace antipode::oss

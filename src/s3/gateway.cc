#include "s3/gateway.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codec/ascii.h"
#include "model/bucket.h"
#include "protocol/v4_signature.h"
#include "s3/detail/authentication.h"
#include "s3/detail/call.h"
#include "s3/detail/errors.h"
#include "s3/detail/form_authentication.h"
#include "s3/detail/router.h"
#include "s3/detail/unsupported.h"

namespace antipode::s3 {

struct Gateway::State {
    object::ObjectService& objects;
    object::BucketService& buckets;
    const access::Keyring& keyring;
    replication::RuleService* rules = nullptr;
    std::vector<std::string> regions;
    protocol::SigningKeys signing_keys;

    State(object::ObjectService& an_objects,
          object::BucketService& a_buckets,
          const access::Keyring& a_keyring)
        : objects(an_objects), buckets(a_buckets), keyring(a_keyring) {}

    Task<Answer> run(http::Request& request, const protocol::ParsedRequest& parsed);
};

namespace {

/// Clients that sign a URL move x-amz-* headers into its query; S3 reads them from there. They are
/// covered by the signature.
void add_headers_of_query(http::Request& request, const codec::Query& query) {
    for (const codec::QueryParameter& parameter : query.all()) {
        std::string name = codec::to_lower(parameter.name);
        if (name.starts_with("x-amz-") && !is_signature_parameter(name) &&
            !request.headers.contains(name)) {
            request.headers.add(std::move(name), parameter.value);
        }
    }
}

S3Result<void> check_names(const protocol::ParsedRequest& parsed) {
    if (parsed.bucket.empty()) {
        return {};
    }
    if (!check_bucket_name(parsed.bucket, true)) {
        return refuse(S3Error(words::kInvalidBucketName).with("BucketName", parsed.bucket));
    }
    if (parsed.key.size() > 1024) {
        return refuse(S3Error(words::kKeyTooLong)
                          .with("Size", std::to_string(parsed.key.size()))
                          .with("MaxSizeAllowed", "1024"));
    }
    if (!parsed.key.empty()) {
        TRY_VOID(check_object_key(parsed.key, false));
    }
    return {};
}

/// The names that S3 repeats in an error of that kind.
void add_details(S3Error& error, const protocol::ParsedRequest& parsed) {
    const std::string_view code = error.word->code;
    if (!error.details.empty()) {
        return;
    }
    if (code == "NoSuchKey" || code == "NoSuchVersion") {
        error.details.emplace_back("Key", parsed.key);
    } else if (code == "NoSuchBucket" || code == "BucketAlreadyExists" ||
               code == "BucketAlreadyOwnedByYou" || code == "BucketNotEmpty" ||
               code == "NoSuchTagSet" || code == "NoSuchBucketPolicy") {
        error.details.emplace_back("BucketName", parsed.bucket);
    } else if (code == "NoSuchUpload") {
        error.details.emplace_back("UploadId", std::string(parsed.target.query.get("uploadId")));
    } else if (code == "MethodNotAllowed") {
        error.details.emplace_back("ResourceType", parsed.key.empty() ? "BUCKET" : "OBJECT");
    }
}

/// An accelerate endpoint is for buckets that are accelerated, named by the host, and for nothing
/// else.
Task<S3Result<void>> check_acceleration(Call& call) {
    if (!call.parsed.is_at_accelerate_endpoint) {
        co_return S3Result<void>{};
    }
    if (!call.parsed.is_virtual_hosted) {
        co_return refuse(words::kInvalidRequest,
                         "S3 Transfer Acceleration serves buckets that the host names.");
    }
    CO_TRY(const bool is_accelerated, co_await call.buckets.is_accelerated(call.bucket()));
    if (!is_accelerated) {
        co_return refuse(words::kInvalidRequest,
                         "S3 Transfer Acceleration is not configured on this bucket");
    }
    co_return S3Result<void>{};
}

Task<S3Result<void>> check_expected_owner(Call& call) {
    const std::string_view expected = call.header("x-amz-expected-bucket-owner");
    if (expected.empty() || call.parsed.bucket.empty()) {
        co_return S3Result<void>{};
    }
    CO_TRY(const Bucket bucket, co_await call.buckets.head_bucket(call.caller, call.bucket()));
    if (bucket.owner.str() != expected) {
        co_return refuse(words::kAccessDenied);
    }
    co_return S3Result<void>{};
}

}  // namespace

Task<Answer> Gateway::State::run(http::Request& request, const protocol::ParsedRequest& parsed) {
    const SigningContext context{
        .keyring = keyring, .signing_keys = signing_keys, .regions = regions};
    CO_TRY(const Authentication authentication,
           parsed.form ? authenticate_form(context, *parsed.form)
                       : authenticate(context, request, parsed));
    if (authentication.signs_query) {
        add_headers_of_query(request, parsed.target.query);
    }
    CO_TRY_VOID(check_names(parsed));
    CO_TRY(const Verb verb, route(request, parsed));
    CO_TRY_VOID(refuse_unsupported_headers(request.method, request.headers));
    const object::Caller caller{.principal = authentication.principal,
                                .request_id = parsed.request_id};
    Call call{.request = request,
              .parsed = parsed,
              .authentication = authentication,
              .caller = caller,
              .objects = objects,
              .buckets = buckets,
              .rules = rules};
    CO_TRY_VOID(co_await check_acceleration(call));
    CO_TRY_VOID(co_await check_expected_owner(call));
    co_return co_await verb(call);
}

Gateway::Gateway(GatewayOptions options,
                 object::ObjectService& objects,
                 object::BucketService& buckets,
                 const access::Keyring& keyring)
    : state_(std::make_unique<State>(objects, buckets, keyring)) {
    state_->rules = options.rules;
    const std::string& region = buckets.region();
    // What clients send when nobody told them a region; MinIO and Ceph take these too.
    state_->regions = {region, "oss-" + region, "us-east-1", "auto", ""};
    std::ranges::move(options.more_regions, std::back_inserter(state_->regions));
}

Gateway::~Gateway() = default;

Task<http::Response> Gateway::handle(http::Request& request, protocol::ParsedRequest parsed) {
    Answer answer = co_await state_->run(request, parsed);
    if (!answer) {
        add_details(answer.error(), parsed);
        co_return error_response(
            answer.error(), request.method, parsed.target.path, parsed.request_id);
    }
    answer->headers.add("x-amz-request-id", parsed.request_id);
    answer->headers.add("x-amz-id-2", parsed.request_id);
    answer->headers.add("Server", "Antipode");
    co_return std::move(*answer);
}

http::Response Gateway::refuse(const http::Request& request,
                               const Error& error,
                               const std::string& request_id) {
    const bool is_target = error.code == ErrorCode::InvalidArgument;
    const S3Error refused = is_target ? S3Error(words::kInvalidUri, error.message) : S3Error(error);
    return error_response(refused, request.method, request.target, request_id);
}

}  // namespace antipode::s3

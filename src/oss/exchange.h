#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "object/bucket_service.h"
#include "object/object_service.h"
#include "protocol/parsed_request.h"
#include "replication/rule_service.h"
#include "runtime/task.h"

namespace antipode::oss {

/// What the handlers call.
struct Services {
    object::ObjectService& objects;
    object::BucketService& buckets;
    replication::RuleService& rules;
    /// What DescribeRegions tells clients to use.
    std::string accelerate_endpoint = "oss-accelerate.aliyuncs.com";
};

/// What an error answer says beside the word of its ErrorCode. Set by whoever knows it; everything
/// is optional.
struct ErrorDetail {
    int status = 0;        ///< Goes before the code's own.
    std::string code;      ///< "NoSuchLifecycle"; goes before the ErrorCode's own word.
    std::string ec;        ///< "0031-00000001"
    NamedValues elements;  ///< Further children of <Error>, in order.
    NamedValues headers;
};

struct Authentication;

/// One request on its way through a handler. Lives until the response has been sent.
struct Exchange {
    http::Request& request;
    const protocol::ParsedRequest& parsed;
    const Services& services;
    const Authentication& authentication;  ///< For forms, which carry their signature inside.
    object::Caller caller;
    std::optional<std::string>
        payload_sha256;  ///< 32 raw bytes that the signature promises the body has.
    ErrorDetail detail;

    [[nodiscard]] const codec::Query& query() const { return parsed.target.query; }

    [[nodiscard]] BucketName bucket() const { return BucketName(parsed.bucket); }

    [[nodiscard]] const std::string& key() const { return parsed.key; }

    [[nodiscard]] std::optional<std::string> version_id() const;
    [[nodiscard]] object::VersionName version_name() const;

    [[nodiscard]] std::string_view header(std::string_view name) const {
        return request.headers.get(name);
    }

    /// The Host that was asked for, and without the bucket in front: the endpoint.
    [[nodiscard]] std::string_view host() const { return request.headers.get("host"); }

    [[nodiscard]] std::string endpoint() const;
};

/// One verb. Errors become error answers; x.detail may say more about them.
using Handler = Task<Result<http::Response>> (*)(Exchange& x);

/// An error together with its EC: co_return refuse(x, ErrorCode::InvalidArgument, "0031-00000010",
/// "...").
std::unexpected<Error> refuse(Exchange& x, ErrorCode code, std::string ec, std::string message);
/// InvalidArgument with ArgumentName and ArgumentValue.
std::unexpected<Error> refuse_argument(Exchange& x,
                                       std::string name,
                                       std::string value,
                                       std::string message);
/// 501 NotImplemented that names what is not built.
/// InvalidArgument unless the field may stand in a head as it is: a line break in it would start a
/// field of the client's own making. Headers were checked when they were read, but fields of forms
/// and parameters of URLs may hold anything.
Result<void> check_field(Exchange& x, std::string_view name, std::string_view value);

std::unexpected<Error> refuse_not_built(std::string_view what);

http::Response empty_response(int status = 200);
http::Response xml_response(std::string xml);

/// The whole body, with Content-MD5 and the signed payload hash checked.
Task<Result<std::string>> read_body(Exchange& x);

struct NumberLimits {
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    std::uint64_t absent = 0;  ///< The value when the parameter is not there.
};

/// A decimal query parameter; InvalidArgument when it is no number or outside the limits.
Result<std::uint64_t> number_parameter(Exchange& x, std::string_view name, NumberLimits limits);

/// Digits only.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// "2009-10-12T17:50:30.000Z": whole seconds, as in Last-Modified.
std::string xml_time(std::int64_t ms);
std::string http_time(std::int64_t ms);

std::string quoted_etag(std::string_view etag);

/// encoding-type: true for "url", false when absent; InvalidArgument otherwise.
Result<bool> wants_url_encoding(Exchange& x);

}  // namespace antipode::oss

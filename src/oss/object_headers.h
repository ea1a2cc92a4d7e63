#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "oss/exchange.h"

/// Between HTTP headers and what the model keeps of an object.
namespace antipode::oss {

struct WriteHeaders {
    ObjectAttributes attributes;
    bool storage_class_given = false;
    std::optional<Encryption> encryption;
    bool forbid_overwrite = false;
};

/// InvalidObjectName unless OSS takes `key` for an object.
Result<void> check_key(std::string_view key);

/// Everything a verb that writes an object may say about it. NotImplemented names what is not built
/// (callbacks, keys of customers, ...); InvalidArgument for bad values.
Result<WriteHeaders> read_write_headers(Exchange& x);
/// The same from the fields of a form.
Result<WriteHeaders> read_write_headers(Exchange& x, const http::Headers& from);

/// x-oss-traffic-limit, of a header or the query, in bytes a second. InvalidArgument when it is out
/// of its range.
Result<std::optional<std::uint64_t>> read_traffic_limit(Exchange& x);
/// From here on the request's body comes no faster than that.
Result<void> limit_upload(Exchange& x);

/// 400 NotImplemented with <Header>, for conditions on verbs that do not take them.
Result<void> refuse_conditions(Exchange& x);
/// InvalidArgument for any header of server-side encryption, which belongs to other verbs: `why`.
Result<void> refuse_encryption(Exchange& x, std::string_view why);

/// "k=v&k2=v2", URL-encoded; InvalidTag otherwise.
Result<NamedValues> parse_tagging_header(Exchange& x, std::string_view text);

/// Content-Length, Content-MD5, CRC-64 and the signed payload hash. MissingContentLength when the
/// size is not known and the body not chunked, EntityTooLarge beyond 5 GiB.
Result<object::BodyCheck> read_body_check(const Exchange& x);

/// x-oss-copy-source: "/bucket/key?versionId=id", URL-encoded, and its conditions. InvalidArgument
/// otherwise.
Result<object::CopySource> parse_copy_source(Exchange& x);

/// ETag, CRC-64 and version id of something just written.
void add_written_headers(http::Response& response, const object::Written& written);
void add_encryption_headers(http::Response& response, const Encryption& encryption);
void add_version_header(http::Response& response, bool show, std::string_view version_id);

/// x-oss-expiration, when lifecycle will remove what is the latest version of its key.
void add_expiration_header(http::Response& response,
                           const Exchange& x,
                           const ObjectVersion& latest);

struct ShownObject {
    const ObjectVersion& version;
    const ObjectVersion* link = nullptr;  ///< The symlink that led here.
    bool show_version_id = false;
};

/// Everything GetObject and HeadObject say about a version.
void add_object_headers(http::Response& response, const ShownObject& object);

}  // namespace antipode::oss

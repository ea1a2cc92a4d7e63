#include "oss/object_headers.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/uri.h"
#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/canonical_input.h"
#include "oss/tag_rules.h"
#include "protocol/conditional_headers.h"
#include "protocol/content_md5.h"
#include "protocol/limits.h"
#include "protocol/paced_body.h"

namespace antipode::oss {

namespace {

constexpr std::string_view kMetaPrefix = "x-oss-meta-";
constexpr std::string_view kEncryption = "x-oss-server-side-encryption";
constexpr std::string_view kEncryptionKey = "x-oss-server-side-encryption-key-id";
constexpr std::size_t kUserMetadataBytesMax = 8 * kKiB;

constexpr std::array<std::string_view, 6> kSystemHeaders{"cache-control",
                                                         "content-disposition",
                                                         "content-encoding",
                                                         "content-language",
                                                         "content-type",
                                                         "expires"};

constexpr std::array<std::string_view, 4> kConditions{
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"};

// What a write would have to do to keep its word, and cannot yet.
constexpr std::array<std::string_view, 5> kNotBuiltHeaders{"x-oss-callback",
                                                           "x-oss-callback-var",
                                                           "x-oss-persistent-headers",
                                                           "x-oss-process",
                                                           "x-oss-hash-ctx"};

Result<void> read_user_metadata(Exchange& x,
                                const http::Headers& from,
                                ObjectAttributes& attributes) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : from.all()) {
        std::string low = codec::to_lower(name);
        if (!low.starts_with(kMetaPrefix)) {
            continue;
        }
        low.erase(0, kMetaPrefix.size());
        if (low.empty()) {
            return refuse_argument(x, name, value, "The name of a user metadata header is empty.");
        }
        TRY_VOID(check_field(x, name, value));
        bytes += low.size() + value.size();
        attributes.user_metadata.emplace_back(std::move(low), trimmed(value));
    }
    if (bytes > kUserMetadataBytesMax) {
        return fail(ErrorCode::MetadataTooLarge);
    }
    return {};
}

Result<void> read_acl_and_class(Exchange& x, const http::Headers& from, WriteHeaders& headers) {
    if (const std::string* text = from.find("x-oss-object-acl"); text != nullptr) {
        const std::optional<Acl> acl = parse_acl(*text);
        if (!acl) {
            return refuse_argument(
                x, "x-oss-object-acl", *text, "no such object access control exists");
        }
        headers.attributes.acl = *acl;
    }
    if (const std::string* text = from.find("x-oss-storage-class"); text != nullptr) {
        TRY(headers.attributes.storage_class, read_storage_class(x, *text));
        headers.storage_class_given = true;
    }
    return {};
}

Result<bool> read_forbid_overwrite(Exchange& x, const http::Headers& from) {
    const std::string_view text = from.get("x-oss-forbid-overwrite");
    if (text.empty() || text == "false") {
        return false;
    }
    if (text != "true") {
        return refuse_argument(
            x, "x-oss-forbid-overwrite", std::string(text), "It must be true or false.");
    }
    return true;
}

Result<std::optional<Encryption>> read_encryption(Exchange& x, const http::Headers& from) {
    for (const auto& [name, value] : from.all()) {
        const std::string low = codec::to_lower(name);
        if (low.starts_with("x-oss-server-side-") && low != kEncryption && low != kEncryptionKey) {
            return refuse_not_built(name);
        }
    }
    const std::string* algorithm = from.find(kEncryption);
    const std::string* key = from.find(kEncryptionKey);
    if (algorithm == nullptr && key == nullptr) {
        return std::nullopt;
    }
    const std::string_view text = algorithm == nullptr ? std::string_view() : *algorithm;
    if (key != nullptr && text != "KMS") {
        return refuse_argument(x, std::string(kEncryptionKey), *key, "A key id needs KMS.");
    }
    if (text == "SM4") {
        return refuse_not_built("x-oss-server-side-encryption: SM4");
    }
    if (text == "AES256") {
        return Encryption{.kind = EncryptionKind::Aes256, .kms_key = {}};
    }
    if (text != "KMS") {
        return fail(ErrorCode::InvalidEncryptionAlgorithm);
    }
    if (key != nullptr) {
        TRY_VOID(check_field(x, kEncryptionKey, *key));
    }
    return Encryption{.kind = EncryptionKind::Kms, .kms_key = key == nullptr ? "" : *key};
}

}  // namespace

Result<void> check_key(std::string_view key) {
    constexpr std::size_t kKeyBytesMax = 1023;
    TRY_VOID(check_object_key(key, true));
    if (key.size() > kKeyBytesMax) {
        return fail(ErrorCode::InvalidObjectName);
    }
    return {};
}

Result<void> refuse_encryption(Exchange& x, std::string_view why) {
    for (const auto& [name, value] : x.request.headers.all()) {
        if (codec::to_lower(name).starts_with("x-oss-server-side-")) {
            return refuse_argument(x, name, value, std::string(why));
        }
    }
    return {};
}

Result<void> refuse_conditions(Exchange& x) {
    for (const std::string_view name : kConditions) {
        if (x.request.headers.contains(name)) {
            x.detail.status = 400;
            x.detail.elements.emplace_back("Header", name);
            return fail(ErrorCode::NotImplemented,
                        "A header you provided implies functionality that is not implemented.");
        }
    }
    return {};
}

Result<std::optional<std::uint64_t>> read_traffic_limit(Exchange& x) {
    const std::string* text = x.request.headers.find("x-oss-traffic-limit");
    text = text == nullptr ? x.query().find("x-oss-traffic-limit") : text;
    if (text == nullptr) {
        return std::nullopt;
    }
    constexpr std::uint64_t kBitsPerSecondMin = 819'200;
    constexpr std::uint64_t kBitsPerSecondMax = 838'860'800;
    const std::optional<std::uint64_t> limit = parse_number(*text);
    if (!limit || *limit < kBitsPerSecondMin || *limit > kBitsPerSecondMax) {
        return refuse_argument(x,
                               "x-oss-traffic-limit",
                               *text,
                               "The traffic limit must be between 819200 and 838860800 bit/s.");
    }
    return *limit / 8;
}

Result<void> limit_upload(Exchange& x) {
    TRY(const auto limit, read_traffic_limit(x));
    if (limit && x.request.body) {
        x.request.body = std::make_unique<protocol::PacedBody>(std::move(x.request.body), *limit);
    }
    return {};
}

Result<NamedValues> parse_tagging_header(Exchange& x, std::string_view text) {
    NamedValues tags;
    if (text.empty()) {
        return tags;
    }
    auto query = codec::parse_query(text);
    if (!query) {
        return fail(ErrorCode::InvalidTag,
                    "The x-oss-tagging header is not URL-encoded key=value pairs.");
    }
    for (const codec::QueryParameter& parameter : query->all()) {
        tags.emplace_back(parameter.name, parameter.value);
    }
    TRY_VOID(check_tags(x, tags, kObjectTagLimits));
    return tags;
}

Result<WriteHeaders> read_write_headers(Exchange& x) {
    return read_write_headers(x, x.request.headers);
}

Result<WriteHeaders> read_write_headers(Exchange& x, const http::Headers& from) {
    WriteHeaders headers;
    TRY(headers.encryption, read_encryption(x, from));
    for (const std::string_view name : kNotBuiltHeaders) {
        if (from.contains(name)) {
            return refuse_not_built(name);
        }
    }
    TRY_VOID(limit_upload(x));
    for (const std::string_view name : kSystemHeaders) {
        if (const std::string* value = from.find(name); value != nullptr && !value->empty()) {
            TRY_VOID(check_field(x, name, *value));
            headers.attributes.system_headers.emplace_back(name, *value);
        }
    }
    TRY_VOID(read_user_metadata(x, from, headers.attributes));
    TRY_VOID(read_acl_and_class(x, from, headers));
    TRY(headers.attributes.tags, parse_tagging_header(x, from.get("x-oss-tagging")));
    TRY(headers.forbid_overwrite, read_forbid_overwrite(x, from));
    return headers;
}

Result<object::BodyCheck> read_body_check(const Exchange& x) {
    object::BodyCheck check;
    if (!x.request.content_length && !x.request.is_chunked) {
        return fail(ErrorCode::MissingContentLength);
    }
    check.size_bytes = x.request.content_length;
    if (check.size_bytes && *check.size_bytes > protocol::kPutBytesMax) {
        return fail(ErrorCode::EntityTooLarge);
    }
    if (const std::string_view md5 = x.header("content-md5"); !md5.empty()) {
        TRY(check.md5, protocol::parse_content_md5(md5));
    }
    if (const std::string* text = x.request.headers.find("x-oss-hash-crc64ecma"); text != nullptr) {
        check.crc64 = parse_number(*text);
        if (!check.crc64) {
            return fail(ErrorCode::InvalidCrc64);
        }
    }
    check.sha256 = x.payload_sha256;
    return check;
}

Result<object::CopySource> parse_copy_source(Exchange& x) {
    const std::string& header = *x.request.headers.find("x-oss-copy-source");
    const auto bad = [&x, &header] {
        return refuse_argument(
            x, "x-oss-copy-source", header, "The x-oss-copy-source must be /bucket/key.");
    };
    object::CopySource source;
    std::string_view text = header;
    // A '?' of the key itself is always encoded.
    if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
        const auto query = codec::parse_query(text.substr(mark + 1));
        if (!query) {
            return bad();
        }
        if (const std::string* id = query->find("versionId"); id != nullptr) {
            source.version_id = *id;
        }
        text = text.substr(0, mark);
    }
    const std::optional<std::string> path = codec::percent_decode(text);
    if (!path) {
        return bad();
    }
    const std::size_t begin = path->starts_with('/') ? 1 : 0;
    const std::size_t slash = path->find('/', begin);
    if (slash == std::string::npos || slash == begin || slash + 1 == path->size()) {
        return bad();
    }
    source.bucket = BucketName(path->substr(begin, slash - begin));
    source.key = path->substr(slash + 1);
    TRY_VOID(check_object_key(source.key, true));
    source.conditions = protocol::parse_conditions(x.request.headers, "x-oss-copy-source-");
    return source;
}

void add_version_header(http::Response& response, bool show, std::string_view version_id) {
    if (show) {
        response.headers.add("x-oss-version-id", std::string(version_id));
    }
}

void add_encryption_headers(http::Response& response, const Encryption& encryption) {
    if (encryption.is_none()) {
        return;
    }
    const bool is_kms = encryption.kind == EncryptionKind::Kms;
    response.headers.add(std::string(kEncryption), is_kms ? "KMS" : "AES256");
    if (!encryption.kms_key.empty()) {
        response.headers.add(std::string(kEncryptionKey), encryption.kms_key);
    }
}

void add_written_headers(http::Response& response, const object::Written& written) {
    add_encryption_headers(response, written.version.encryption);
    response.headers.add("ETag", quoted_etag(written.version.etag));
    response.headers.add("x-oss-hash-crc64ecma", std::to_string(written.version.crc64));
    add_version_header(response, written.show_version_id, written.version.version_id());
}

namespace {

/// The header's usual spelling.
std::string_view shown_name(std::string_view low) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, kSystemHeaders.size()>
        kNames{{
            {"cache-control", "Cache-Control"},
            {"content-disposition", "Content-Disposition"},
            {"content-encoding", "Content-Encoding"},
            {"content-language", "Content-Language"},
            {"content-type", "Content-Type"},
            {"expires", "Expires"},
        }};
    for (const auto& [name, shown] : kNames) {
        if (name == low) {
            return shown;
        }
    }
    return low;
}

}  // namespace

// Of a symlink that was followed, size and digests are the target's, the rest is the link's own.
void add_expiration_header(http::Response& response,
                           const Exchange& x,
                           const ObjectVersion& latest) {
    const auto expiry = x.services.buckets.expiry(x.bucket(), latest);
    if (expiry) {
        // The id may hold anything, a header may not.
        response.headers.add("x-oss-expiration",
                             "expiry-date=\"" + http_time(expiry->at_ms) + "\", rule-id=\"" +
                                 codec::percent_encode(expiry->rule_id) + "\"");
    }
}

void add_object_headers(http::Response& response, const ShownObject& object) {
    const ObjectVersion& version = object.version;
    const ObjectVersion& self = object.link == nullptr ? version : *object.link;
    http::Headers& headers = response.headers;
    headers.set("Content-Type", "application/octet-stream");
    for (const auto& [name, value] : self.attributes.system_headers) {
        headers.set(shown_name(name), value);
    }
    headers.add("Accept-Ranges", "bytes");
    headers.add("ETag", quoted_etag(version.etag));
    headers.add("Last-Modified",
                http_time(std::max(version.last_modified_ms, self.last_modified_ms)));
    headers.add("x-oss-object-type", std::string(oss_name(self.type)));
    headers.add("x-oss-storage-class", std::string(oss_name(version.attributes.storage_class)));
    headers.add("x-oss-hash-crc64ecma", std::to_string(version.crc64));
    add_version_header(response, object.show_version_id, self.version_id());
    add_encryption_headers(response, version.encryption);
    if (!self.attributes.tags.empty()) {
        headers.add("x-oss-tagging-count", std::to_string(self.attributes.tags.size()));
    }
    if (version.type == ObjectType::Appendable) {
        headers.add("x-oss-next-append-position", std::to_string(version.size_bytes));
    }
    if (version.type == ObjectType::Normal) {
        if (const std::optional<Bytes> md5 = codec::hex_decode(version.etag);
            md5 && md5->size() == 16) {
            headers.add("Content-MD5", codec::base64_encode(*md5));
        }
    }
    for (const auto& [name, value] : self.attributes.user_metadata) {
        headers.add(std::string(kMetaPrefix) + name, value);
    }
}

}  // namespace antipode::oss

#include "s3/detail/attributes.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include <fmt/format.h>

#include "codec/ascii.h"
#include "codec/uri.h"
#include "codec/utf8.h"
#include "model/text_names.h"

namespace antipode::s3 {

namespace {

constexpr std::array<std::string_view, 6> kSystemHeaders = {"content-type",
                                                            "cache-control",
                                                            "content-disposition",
                                                            "content-encoding",
                                                            "content-language",
                                                            "expires"};
constexpr std::array<std::string_view, 6> kSystemNames = {"Content-Type",
                                                          "Cache-Control",
                                                          "Content-Disposition",
                                                          "Content-Encoding",
                                                          "Content-Language",
                                                          "Expires"};
constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::string_view kEncryption = "x-amz-server-side-encryption";
constexpr std::string_view kEncryptionKey = "x-amz-server-side-encryption-aws-kms-key-id";
/// S3 says 2 KB, OSS 8 KB; a replica of an OSS object must fit, so the larger one counts here too.
constexpr std::size_t kMetadataBytesMax = 8 * 1024;
constexpr std::size_t kTagKeyMax = 128;
constexpr std::size_t kTagValueMax = 256;

/// "aws-chunked" says how the body travels, not what is stored; what it is combined with stays.
std::string without_aws_chunked(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view coding = text.substr(0, comma);
        text.remove_prefix(std::min(text.size(), comma + 1));
        while (coding.starts_with(' ')) {
            coding.remove_prefix(1);
        }
        while (coding.ends_with(' ')) {
            coding.remove_suffix(1);
        }
        if (!coding.empty() && coding != "aws-chunked") {
            out += out.empty() ? "" : ",";
            out += coding;
        }
    }
    return out;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// What is stored goes out as a header again. Headers were checked by the HTTP server, but fields
/// of a form and parameters of a signed URL may hold anything.
S3Result<void> check_field(std::string_view name, std::string_view value) {
    if (!codec::is_field_name(name) || !codec::is_field_value(value)) {
        return refuse(
            S3Error(words::kInvalidArgument, "A header has characters that a header must not have.")
                .with("ArgumentName", std::string(name)));
    }
    return {};
}

S3Result<NamedValues> parse_user_metadata(const http::Headers& headers) {
    NamedValues metadata;
    std::size_t bytes = 0;
    for (const auto& [field, value] : headers.all()) {
        if (!codec::starts_with_without_case(field, kMetaPrefix)) {
            continue;
        }
        std::string name = codec::to_lower(std::string_view(field).substr(kMetaPrefix.size()));
        TRY_VOID(check_field(name, value));
        bytes += name.size() + value.size();
        const auto found =
            std::ranges::find(metadata, name, &std::pair<std::string, std::string>::first);
        if (found != metadata.end()) {
            found->second += "," + value;
        } else {
            metadata.emplace_back(std::move(name), value);
        }
    }
    if (bytes > kMetadataBytesMax) {
        return refuse(word_of(ErrorCode::MetadataTooLarge));
    }
    return metadata;
}

/// Classes that S3 has and that would make a promise nobody here keeps: to be restored before they
/// are read, to be elsewhere, to move by themselves.
constexpr std::array<std::string_view, 8> kNotBuiltClasses = {"GLACIER",
                                                              "DEEP_ARCHIVE",
                                                              "REDUCED_REDUNDANCY",
                                                              "ONEZONE_IA",
                                                              "INTELLIGENT_TIERING",
                                                              "OUTPOSTS",
                                                              "SNOW",
                                                              "EXPRESS_ONEZONE"};

}  // namespace

S3Result<StorageClass> parse_storage_class(std::string_view text) {
    if (std::ranges::find(kNotBuiltClasses, text) != kNotBuiltClasses.end()) {
        return refuse_not_implemented(fmt::format("The storage class '{}'", text));
    }
    const std::optional<StorageClass> storage_class = parse_s3_storage_class(text);
    if (!storage_class) {
        return refuse(word_of(ErrorCode::InvalidStorageClass));
    }
    return *storage_class;
}

S3Result<Encryption> parse_encryption(std::string_view algorithm, std::string_view key) {
    if (algorithm == "aws:kms:dsse") {
        return refuse_not_implemented("Encryption with 'aws:kms:dsse'");
    }
    if (algorithm != "AES256" && algorithm != "aws:kms") {
        return refuse(word_of(ErrorCode::InvalidEncryptionAlgorithm));
    }
    if (algorithm == "AES256" && !key.empty()) {
        return refuse(S3Error(words::kInvalidArgument, "A key id needs aws:kms.")
                          .with("ArgumentName", std::string(kEncryptionKey)));
    }
    TRY_VOID(check_field(kEncryptionKey, key));
    return Encryption{.kind = algorithm == "AES256" ? EncryptionKind::Aes256 : EncryptionKind::Kms,
                      .kms_key = kms_key_id(key)};
}

std::string_view show_encryption(const Encryption& encryption) {
    return encryption.kind == EncryptionKind::Kms ? "aws:kms" : "AES256";
}

void add_encryption_headers(http::Headers& headers, const Encryption& encryption) {
    if (encryption.is_none()) {
        return;
    }
    headers.add(std::string(kEncryption), std::string(show_encryption(encryption)));
    if (!encryption.kms_key.empty()) {
        headers.add(std::string(kEncryptionKey), encryption.kms_key);
    }
}

S3Result<ParsedAttributes> parse_attributes(const http::Headers& headers) {
    ParsedAttributes parsed;
    ObjectAttributes& attributes = parsed.attributes;
    for (const std::string_view name : kSystemHeaders) {
        const std::string* value = headers.find(name);
        if (value == nullptr) {
            continue;
        }
        TRY_VOID(check_field(name, *value));
        std::string kept = name == "content-encoding" ? without_aws_chunked(*value) : *value;
        if (!kept.empty()) {
            attributes.system_headers.emplace_back(name, std::move(kept));
        }
    }
    TRY(attributes.user_metadata, parse_user_metadata(headers));
    TRY(attributes.acl, parse_canned_acl(headers));
    if (const std::string* text = headers.find("x-amz-storage-class")) {
        TRY(attributes.storage_class, parse_storage_class(*text));
        parsed.storage_class_given = true;
    }
    if (const std::string* text = headers.find("x-amz-tagging")) {
        TRY(attributes.tags, parse_tagging_header(*text));
    }
    const std::string* algorithm = headers.find(kEncryption);
    const std::string* key = headers.find(kEncryptionKey);
    if (algorithm != nullptr || key != nullptr) {
        TRY(parsed.encryption,
            parse_encryption(algorithm == nullptr ? "" : *algorithm, key == nullptr ? "" : *key));
    }
    return parsed;
}

S3Result<Acl> parse_canned_acl(const http::Headers& headers) {
    const std::string_view text = headers.get("x-amz-acl");
    if (text.empty()) {
        return Acl::Default;
    }
    // The owner of the bucket owns its objects here, so that these two say no more than "private".
    if (text == "bucket-owner-full-control" || text == "bucket-owner-read") {
        return Acl::Private;
    }
    if (text == "authenticated-read" || text == "aws-exec-read" || text == "log-delivery-write") {
        return refuse_not_implemented(fmt::format("The canned ACL '{}'", text));
    }
    const std::optional<Acl> acl = parse_acl(text);
    if (!acl || *acl == Acl::Default) {
        return refuse(S3Error(words::kInvalidArgument)
                          .with("ArgumentName", "x-amz-acl")
                          .with("ArgumentValue", std::string(text)));
    }
    return *acl;
}

S3Result<NamedValues> parse_tagging_header(std::string_view text) {
    const auto query = codec::parse_query(text);
    if (!query) {
        return refuse(words::kInvalidArgument,
                      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL "
                      "query parameters without tag name duplicates.");
    }
    NamedValues tags;
    for (const codec::QueryParameter& parameter : query->all()) {
        tags.emplace_back(parameter.name, parameter.value);
    }
    TRY_VOID(check_tags(tags, kObjectTagsMax));
    return tags;
}

S3Result<void> check_tags(const NamedValues& tags, std::size_t count_max) {
    const ErrorWord& invalid_tag = word_of(ErrorCode::InvalidTag);
    if (tags.size() > count_max) {
        return refuse(words::kInvalidRequest,
                      fmt::format("The number of tags cannot be greater than {}", count_max));
    }
    std::set<std::string_view> names;
    for (const auto& [name, value] : tags) {
        if (name.empty() || characters(name) > kTagKeyMax || !codec::is_valid_utf8(name)) {
            return refuse(invalid_tag, "The TagKey you have provided is invalid");
        }
        if (characters(value) > kTagValueMax || !codec::is_valid_utf8(value)) {
            return refuse(invalid_tag, "The TagValue you have provided is invalid");
        }
        if (name.starts_with("aws:")) {
            return refuse(invalid_tag, "System tags cannot be added/updated by requester");
        }
        if (!names.insert(name).second) {
            return refuse(invalid_tag, "Cannot provide multiple Tags with the same key");
        }
    }
    return {};
}

void add_attribute_headers(http::Headers& headers, const ObjectVersion& version) {
    const ObjectAttributes& attributes = version.attributes;
    bool has_type = false;
    for (const auto& [name, value] : attributes.system_headers) {
        const auto known = std::ranges::find(kSystemHeaders, name);
        if (known != kSystemHeaders.end()) {
            headers.add(
                std::string(kSystemNames[static_cast<std::size_t>(known - kSystemHeaders.begin())]),
                value);
            has_type = has_type || name == "content-type";
        }
    }
    if (!has_type) {
        headers.add("Content-Type", "binary/octet-stream");
    }
    for (const auto& [name, value] : attributes.user_metadata) {
        headers.add(fmt::format("{}{}", kMetaPrefix, name), value);
    }
    if (attributes.storage_class != StorageClass::Standard) {
        headers.add("x-amz-storage-class", std::string(s3_name(attributes.storage_class)));
    }
    if (!attributes.tags.empty()) {
        headers.add("x-amz-tagging-count", std::to_string(attributes.tags.size()));
    }
}

}  // namespace antipode::s3

#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"
#include "model/object_version.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// What the headers of a PUT, a copy or a new upload say about the object.
struct ParsedAttributes {
    ObjectAttributes attributes;
    bool storage_class_given = false;
    std::optional<Encryption> encryption;
};

[[nodiscard]] S3Result<ParsedAttributes> parse_attributes(const http::Headers& headers);

/// "AES256" or "aws:kms" and the id or ARN of a key. InvalidEncryptionAlgorithm, InvalidArgument,
/// NotImplemented for what S3 has beside them.
/// InvalidStorageClass; NotImplemented by name for the classes that S3 has and nobody here keeps.
[[nodiscard]] S3Result<StorageClass> parse_storage_class(std::string_view text);

[[nodiscard]] S3Result<Encryption> parse_encryption(std::string_view algorithm,
                                                    std::string_view key);
[[nodiscard]] std::string_view show_encryption(const Encryption& encryption);
/// Of every answer about an object that is encrypted.
void add_encryption_headers(http::Headers& headers, const Encryption& encryption);

/// x-amz-acl; Default when absent. NotImplemented for the canned ACLs we have not.
[[nodiscard]] S3Result<Acl> parse_canned_acl(const http::Headers& headers);

/// "k=v&k2=v2", URL-encoded. InvalidArgument, InvalidTag (more than 10, doubled, too long).
[[nodiscard]] S3Result<NamedValues> parse_tagging_header(std::string_view text);

/// At most `count_max` tags, keys of 1 to 128 and values of at most 256 characters, no key twice,
/// none "aws:".
[[nodiscard]] S3Result<void> check_tags(const NamedValues& tags, std::size_t count_max);

inline constexpr std::size_t kObjectTagsMax = 10;
inline constexpr std::size_t kBucketTagsMax = 50;

/// Writes what parse_attributes reads: for GET and HEAD.
void add_attribute_headers(http::Headers& headers, const ObjectVersion& version);

}  // namespace antipode::s3

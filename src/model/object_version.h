#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strong_id.h"
#include "model/encryption.h"
#include "model/version_order.h"

namespace antipode {

using BucketName = StrongString<struct BucketNameTag>;
using AccountId = StrongString<struct AccountIdTag>;

enum class Acl : std::uint8_t {
    Default = 0,
    Private = 1,
    PublicRead = 2,
    PublicReadWrite = 3
};  // On disk.
enum class StorageClass : std::uint8_t {
    Standard = 0,
    InfrequentAccess = 1,
    Archive = 2,
    ColdArchive = 3,
    DeepColdArchive = 4
};
enum class ObjectType : std::uint8_t { Normal = 0, Multipart = 1, Appendable = 2, Symlink = 3 };
enum class Versioning : std::uint8_t { Unversioned = 0, Enabled = 1, Suspended = 2 };
enum class ChecksumAlgorithm : std::uint8_t {
    None = 0,
    Crc32 = 1,
    Crc32c = 2,
    Crc64Nvme = 3,
    Sha1 = 4,
    Sha256 = 5
};
enum class ChecksumType : std::uint8_t { FullObject = 0, Composite = 1 };

/// A checksum that the client asked for beside MD5 and CRC-64. `value` is base64, composite ones
/// end in "-N".
struct Checksum {
    ChecksumAlgorithm algorithm = ChecksumAlgorithm::None;
    ChecksumType type = ChecksumType::FullObject;
    std::string value;

    bool operator==(const Checksum&) const = default;
};

using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// What the client says about an object besides its bytes.
struct ObjectAttributes {
    /// content-type, cache-control, content-disposition, content-encoding, content-language,
    /// expires: lower-case names, values as sent; only those that were given.
    NamedValues system_headers;
    /// Without the x-oss-meta- / x-amz-meta- prefix, lower-case names.
    NamedValues user_metadata;
    NamedValues tags;
    Acl acl = Acl::Default;
    StorageClass storage_class = StorageClass::Standard;

    bool operator==(const ObjectAttributes&) const = default;
};

/// `count` parts of `size_bytes` each, in order: the logical layout of a multipart object.
struct PartRun {
    std::uint32_t count = 0;
    std::uint64_t size_bytes = 0;

    bool operator==(const PartRun&) const = default;
};

/// One version of a key: everything that an exact replica shares with its source (promise 6). Where
/// the bytes are in this region is not part of it.
struct ObjectVersion {
    std::string key;
    VersionOrder order;
    bool is_null = false;  ///< Its version id is "null"; `order` still decides what is later.
    bool is_delete_marker = false;
    std::int64_t last_modified_ms = 0;
    AccountId owner;

    std::uint64_t size_bytes = 0;
    std::string
        etag;  ///< Upper-case hex without quotes; "...-N" for multipart. Data, never an identity.
    std::uint64_t crc64 = 0;  ///< CRC-64/XZ of the whole plaintext.
    Checksum checksum;
    ObjectType type = ObjectType::Normal;
    std::vector<PartRun> parts;  ///< Multipart only.
    std::string symlink_target;  ///< Symlink only.
    Encryption encryption;       ///< Each region's own: not in digests that regions compare.
    ObjectAttributes attributes;
    /// When ACL or tags were last changed (the version's own hlc at first); the later change wins
    /// on both sides.
    VersionOrder attributes_order;

    [[nodiscard]] std::string version_id() const {
        return is_null ? std::string(kNullVersionId) : to_version_id(order);
    }

    bool operator==(const ObjectVersion&) const = default;
};

/// One part of an unfinished (or completed) multipart upload.
struct UploadPart {
    std::uint32_t number = 0;
    std::uint64_t size_bytes = 0;
    std::string etag;  ///< Upper-case hex MD5.
    std::uint64_t crc64 = 0;
    Checksum checksum;
    std::int64_t last_modified_ms = 0;
};

struct MultipartUpload {
    std::string key;
    std::string upload_id;  ///< 32 upper-case hex digits.
    AccountId owner;
    std::int64_t initiated_ms = 0;
    ObjectAttributes attributes;
    ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::None;
    ChecksumType checksum_type = ChecksumType::Composite;
    Encryption encryption = {};
};

}  // namespace antipode

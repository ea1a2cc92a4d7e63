#pragma once

#include <optional>
#include <string_view>

#include "model/bucket.h"
#include "model/object_version.h"

namespace antipode {

// Words both dialects share. Parsing is exact (case-sensitive), as the services are.

std::string_view oss_name(StorageClass storage_class);  // "Standard", "IA", "Archive", ...
std::optional<StorageClass> parse_oss_storage_class(std::string_view text);
std::string_view s3_name(
    StorageClass storage_class);  // "STANDARD", "STANDARD_IA", "GLACIER", "DEEP_ARCHIVE"
std::optional<StorageClass> parse_s3_storage_class(std::string_view text);

std::string_view acl_name(Acl acl);  // "default", "private", "public-read", "public-read-write"
std::optional<Acl> parse_acl(std::string_view text);

std::string_view oss_name(ObjectType type);  // "Normal", "Multipart", "Appendable", "Symlink"
std::string_view oss_name(ReplicationStatus status);  // "starting", "doing", "closing"

}  // namespace antipode

#include "catalog/key_layout.h"

#include "base/record.h"

namespace antipode::catalog::rows {

namespace {

std::string join(std::string_view prefix, std::string_view rest) {
    std::string out;
    out.reserve(prefix.size() + rest.size() + 24);
    out.append(prefix).append(rest);
    return out;
}

/// Sorts descending by order: the newest first.
std::string descending(const VersionOrder& order) {
    std::string out = big_endian(~order.hlc);
    for (const char letter : order.origin) {
        out.push_back(static_cast<char>(~static_cast<unsigned char>(letter)));
    }
    out.push_back('\xff');
    return out;
}

}  // namespace

std::string head(std::string_view key) {
    return join(kHeads, key);
}

std::string older_prefix(std::string_view key) {
    std::string out = join(kOlder, key);
    out.push_back('\0');
    return out;
}

std::string older(std::string_view key, const VersionOrder& order) {
    return older_prefix(key) + descending(order);
}

std::string_view key_of(std::string_view row_key) {
    row_key.remove_prefix(2);
    return row_key.substr(0, row_key.find('\0'));
}

std::string null_pointer(std::string_view key) {
    return join({"n\0", 2}, key);
}

std::string tombstone(std::string_view key, const VersionOrder& order) {
    std::string out = join({"t\0", 2}, key);
    out.push_back('\0');
    return out + descending(order);
}

std::string null_tombstone(std::string_view key) {
    return join({"t\0", 2}, key);
}

std::string data(std::string_view data_id) {
    return join({"d\0", 2}, data_id);
}

std::string upload(std::string_view key, std::string_view upload_id) {
    std::string out = join(kUploads, key);
    out.push_back('\0');
    return out.append(upload_id);
}

std::string parts_prefix(std::string_view manifest_id) {
    std::string out = join(kParts, manifest_id);
    out.push_back('\0');
    return out;
}

std::string part(std::string_view manifest_id, std::uint32_t number) {
    return parts_prefix(manifest_id) + big_endian(number);
}

std::string change(std::uint64_t revision) {
    return join(kChanges, big_endian(revision));
}

std::string replication(std::string_view rest) {
    return join({"x\0", 2}, rest);
}

std::string bucket(std::string_view name) {
    return join(kBuckets, name);
}

std::string setting(std::string_view name) {
    return join(kSettings, name);
}

std::string lifecycle(std::string_view bucket_id, std::uint64_t number) {
    std::string out = join(kLifecycles, bucket_id);
    out.push_back('\0');
    return out + big_endian(number);
}

std::string_view bucket_id_of(std::string_view row_key) {
    return key_of(row_key);
}

}  // namespace antipode::catalog::rows

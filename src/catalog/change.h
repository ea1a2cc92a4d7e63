#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "model/object_version.h"

namespace antipode::catalog {

/// 128 bits, added modulo 2^64 in two lanes: order of changes does not matter, removal undoes
/// insertion.
struct ItemDigest {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    ItemDigest& operator+=(const ItemDigest& other) {
        low += other.low;
        high += other.high;
        return *this;
    }

    ItemDigest& operator-=(const ItemDigest& other) {
        low -= other.low;
        high -= other.high;
        return *this;
    }

    bool operator==(const ItemDigest&) const = default;
};

inline constexpr std::size_t kDigestSlots = 256;

/// Which slot a key's versions are summed in; the same in every region.
std::uint8_t digest_slot(std::string_view key);

/// Of everything an exact replica must share with its source.
ItemDigest item_digest(const ObjectVersion& version);

struct Usage {
    std::int64_t bytes = 0;
    std::int64_t objects = 0;  ///< Versions that are not markers.
    std::int64_t markers = 0;
    std::int64_t uploads = 0;

    Usage& operator+=(const Usage& other) {
        bytes += other.bytes;
        objects += other.objects;
        markers += other.markers;
        uploads += other.uploads;
        return *this;
    }

    bool operator==(const Usage&) const = default;
};

/// What a bucket holds at one revision.
struct Totals {
    std::uint64_t revision = 0;
    Usage usage;
    std::array<ItemDigest, kDigestSlots> slots{};
};

enum class ChangeKind : std::uint8_t {
    Put = 1,         ///< A version (or marker) came to be.
    Attributes = 2,  ///< ACL or tags of a version changed.
    Purge =
        3,  ///< A version was removed for good. For null versions `order` is that of the removal.
    Other = 4,  ///< Nothing to replicate (uploads).
};

/// A row of the change log, written in the commit of the change it records.
struct Change {
    std::uint64_t revision = 0;  ///< From the row's key.
    ChangeKind kind = ChangeKind::Other;
    std::string key;
    VersionOrder order;
    bool is_null = false;
    bool is_delete_marker = false;
    std::uint64_t size_bytes = 0;
    Hlc committed = 0;         ///< Clock of the commit.
    std::string arrived_from;  ///< Not empty: came by replication, is not sent on.
    // What it did to the totals.
    std::uint8_t slot = 0;
    ItemDigest digest_delta;
    Usage usage_delta;
};

}  // namespace antipode::catalog

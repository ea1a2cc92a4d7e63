#include "catalog/body_place.h"

#include <algorithm>
#include <map>

#include "base/record.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/upload_table.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

namespace {

constexpr std::size_t kPage = 1000;

using Unknown = std::multimap<std::string, BodyPlace*>;  ///< By manifest.

void name(Unknown& unknown, const std::string& manifest_id, const ObjectVersion& of) {
    const auto [begin, end] = unknown.equal_range(manifest_id);
    for (auto one = begin; one != end; ++one) {
        one->second->key = of.key;
        one->second->order = of.order;
        one->second->is_null = of.is_null;
    }
    unknown.erase(begin, end);
}

Task<Result<void>> look_at_versions(Partition& partition, Unknown& unknown) {
    VersionPlace after;
    while (!unknown.empty()) {
        CO_TRY(const auto page, co_await scan_versions(partition, {}, after, kPage));
        for (const auto& entry : page.entries) {
            const StoredVersion& stored = entry.stored;
            after = {.key = stored.version.key, .order = stored.version.order};
            if (!stored.body.manifest_id.empty()) {
                name(unknown, stored.body.manifest_id, stored.version);
            }
        }
        if (!page.is_truncated) {
            break;
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> look_at_uploads(Partition& partition, Unknown& unknown) {
    std::string after_key;
    std::string after_id;
    while (!unknown.empty()) {
        CO_TRY(const auto page, co_await scan_uploads(partition, {}, after_key, after_id, kPage));
        for (const MultipartUpload& upload : page.uploads) {
            after_key = upload.key;
            after_id = upload.upload_id;
            ObjectVersion none;
            none.key = upload.key;
            name(unknown, upload.upload_id, none);
        }
        if (!page.is_truncated) {
            break;
        }
    }
    co_return Result<void>{};
}

/// How many bytes the parts before `number` have, or all of them.
Task<Result<std::uint64_t>> bytes_before(Partition& partition,
                                         std::string manifest_id,
                                         std::optional<std::uint32_t> number) {
    std::uint64_t bytes = 0;
    std::uint32_t after = 0;
    while (true) {
        CO_TRY(const auto page, co_await scan_parts(partition, manifest_id, after, kPage));
        for (const StoredPart& part : page.parts) {
            if (number && part.part.number >= *number) {
                co_return bytes;
            }
            after = part.part.number;
            bytes += part.part.size_bytes;
        }
        if (!page.is_truncated) {
            co_return bytes;
        }
    }
}

/// What parts have not.
Task<Result<PlacedBody>> own_body(Partition& partition, StoredVersion stored) {
    PlacedBody out;
    if (stored.body.manifest_id.empty()) {
        out.range.size = stored.version.size_bytes;
        out.crc64 = stored.version.crc64;
        out.etag = stored.version.type == ObjectType::Normal ? stored.version.etag : "";
    } else {
        CO_TRY(out.range.offset,
               co_await bytes_before(partition, stored.body.manifest_id, std::nullopt));
        for (const Piece& piece : stored.body.pieces) {
            out.range.size += piece.size_bytes;
        }
    }
    out.pieces = std::move(stored.body.pieces);
    out.version = std::move(stored.version);
    co_return out;
}

Task<Result<std::optional<PlacedBody>>> part_body(Partition& partition,
                                                  BodyPlace place,
                                                  ObjectVersion version) {
    CO_TRY(const auto row, co_await partition.get(rows::part(place.manifest_id, place.part)));
    if (!row) {
        co_return std::nullopt;
    }
    CO_TRY(StoredPart part, decode_part(*row));
    PlacedBody out;
    CO_TRY(out.range.offset, co_await bytes_before(partition, place.manifest_id, place.part));
    out.range.size = part.part.size_bytes;
    // Parts that appends have made have no digest of their own.
    if (part.part.crc64 != 0) {
        out.crc64 = part.part.crc64;
        out.etag = std::move(part.part.etag);
    }
    out.pieces = std::move(part.pieces);
    out.version = std::move(version);
    co_return out;
}

/// A row with other pieces in it; nothing when it does not name those.
using Exchanged = Result<std::optional<std::string>>;

Exchanged exchange_in_part(const std::string& row, const BodyExchange& exchange) {
    TRY(StoredPart part, decode_part(row));
    if (part.pieces != exchange.from) {
        return std::nullopt;
    }
    part.pieces = exchange.to;
    return encode(part);
}

Exchanged exchange_in_version(const std::string& row, const BodyExchange& exchange) {
    TRY(StoredVersion stored, decode_version(exchange.place.key, row));
    if (stored.body.pieces != exchange.from) {
        return std::nullopt;
    }
    stored.body.pieces = exchange.to;
    return encode(stored);
}

Task<Result<bool>> commit_exchange(Partition& partition,
                                   std::string row_key,
                                   std::string before,
                                   std::string after,
                                   BodyExchange exchange) {
    std::vector<index::Guard> guards;
    guards.push_back({.key = row_key, .expected = std::move(before)});
    std::vector<index::Write> writes = std::move(exchange.data_rows);
    writes.push_back({.key = std::move(row_key), .value = std::move(after)});
    for (const Piece& piece : exchange.from) {
        if (piece.is_inline()) {
            writes.push_back({.key = rows::data(piece.data_id), .value = std::nullopt});
        }
    }
    const auto committed =
        co_await partition.commit(std::move(guards), std::move(writes), std::nullopt);
    if (!committed && committed.error().code == ErrorCode::Conflict) {
        co_return false;
    }
    CO_TRY_VOID(committed);
    co_return true;
}

}  // namespace

void write_place(RecordWriter& out, const BodyPlace& place) {
    out.text(place.bucket);
    out.text(place.bucket_id);
    out.text(place.key);
    out.u64(place.order.hlc);
    out.text(place.order.origin);
    out.u8(place.is_null ? 1 : 0);
    out.text(place.manifest_id);
    out.varint(place.part);
}

BodyPlace read_place(RecordReader& in) {
    BodyPlace place;
    place.bucket = in.text();
    place.bucket_id = in.text();
    place.key = in.text();
    place.order.hlc = in.u64();
    place.order.origin = in.text();
    place.is_null = in.u8() != 0;
    place.manifest_id = in.text();
    place.part = static_cast<std::uint32_t>(in.varint());
    return place;
}

Task<Result<void>> find_keys(Partition& partition, std::vector<BodyPlace>& places) {
    Unknown unknown;
    for (BodyPlace& place : places) {
        if (place.is_part() && place.is_of_upload()) {
            unknown.emplace(place.manifest_id, &place);
        }
    }
    CO_TRY_VOID(co_await look_at_versions(partition, unknown));
    CO_TRY_VOID(co_await look_at_uploads(partition, unknown));
    co_return Result<void>{};
}

Task<Result<std::optional<PlacedBody>>> find_body(Partition& partition, BodyPlace place) {
    if (place.is_part() && place.is_of_upload()) {
        co_return co_await part_body(partition, std::move(place), {});
    }
    std::optional<StoredVersion> stored;
    if (place.is_null) {
        CO_TRY(stored, co_await find_null_version(partition, place.key));
    } else {
        CO_TRY(stored, co_await find_version(partition, place.key, place.order));
    }
    if (!stored || (place.is_part() && stored->body.manifest_id != place.manifest_id)) {
        co_return std::nullopt;
    }
    if (place.is_part()) {
        co_return co_await part_body(partition, std::move(place), std::move(stored->version));
    }
    co_return co_await own_body(partition, std::move(*stored));
}

Task<Result<bool>> exchange_body(Partition& partition, BodyExchange exchange) {
    const BodyPlace& place = exchange.place;
    const auto held = co_await partition.key_locks().lock(place.key);
    std::vector<std::string> row_keys;
    if (place.is_part()) {
        row_keys.push_back(rows::part(place.manifest_id, place.part));
    } else {
        // Wherever it is by now.
        row_keys.push_back(rows::head(place.key));
        row_keys.push_back(rows::older(place.key, place.order));
    }
    CO_TRY(auto found, co_await partition.get_many(row_keys));
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) {
            continue;
        }
        CO_TRY(auto after,
               place.is_part() ? exchange_in_part(*found[i], exchange)
                               : exchange_in_version(*found[i], exchange));
        if (after) {
            co_return co_await commit_exchange(partition,
                                               std::move(row_keys[i]),
                                               std::move(*found[i]),
                                               std::move(*after),
                                               std::move(exchange));
        }
    }
    co_return false;
}

}  // namespace antipode::catalog

#include <algorithm>
#include <array>

#include "base/record.h"
#include "catalog/catalog.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"

// The rows are the one book of what is alive: heads, older versions, parts. Space is rebuilt from
// them at start.
namespace antipode::catalog {

namespace {

constexpr std::size_t kPage = 1000;
constexpr std::array kKinds{rows::kHeads, rows::kOlder, rows::kParts};

/// "bucket-name NUL kind row-key": where the walk is, and as an owner, which row names the blob.
struct Place {
    std::string bucket;
    std::size_t kind = 0;
    std::string row_key;
};

std::string write_place(const Place& place) {
    RecordWriter out;
    out.text(place.bucket);
    out.varint(place.kind);
    out.text(place.row_key);
    return out.take();
}

Result<Place> read_place(std::string_view text) {
    RecordReader in(text);
    Place place;
    place.bucket = in.text();
    place.kind = in.varint();
    place.row_key = in.text();
    TRY_VOID(in.finish("a place of the walk over blobs"));
    if (place.kind >= kKinds.size()) {
        return fail(ErrorCode::InvalidArgument, "no such kind of row");
    }
    return place;
}

Result<std::vector<Piece>> pieces_of(std::size_t kind,
                                     const std::string& row_key,
                                     const std::string& value) {
    if (kKinds.at(kind) == rows::kParts) {
        TRY(auto part, decode_part(value));
        return std::move(part.pieces);
    }
    TRY(auto stored, decode_version(rows::key_of(row_key), value));
    return std::move(stored.body.pieces);
}

Result<std::string> with_replaced(const Place& place,
                                  const std::string& value,
                                  const blob::BlobRef& from,
                                  const blob::BlobRef& to) {
    const auto swap = [&from, &to](std::vector<Piece>& pieces) {
        for (Piece& piece : pieces) {
            if (!piece.is_inline() && piece.blob == from) {
                piece.blob = to;
            }
        }
    };
    if (kKinds.at(place.kind) == rows::kParts) {
        TRY(auto part, decode_part(value));
        swap(part.pieces);
        return encode(part);
    }
    TRY(auto stored, decode_version(rows::key_of(place.row_key), value));
    swap(stored.body.pieces);
    return encode(stored);
}

/// What the walk says of a row, in words that outlive its moves.
Result<BodyPlace> body_place(const Place& place, const std::string& value) {
    BodyPlace out;
    if (kKinds.at(place.kind) == rows::kParts) {
        out.manifest_id = rows::key_of(place.row_key);
        const std::size_t number = rows::parts_prefix(out.manifest_id).size();
        out.part = static_cast<std::uint32_t>(
            from_big_endian(std::string_view(place.row_key).substr(number)));
        return out;
    }
    TRY(const auto stored, decode_version(rows::key_of(place.row_key), value));
    out.key = stored.version.key;
    out.order = stored.version.order;
    out.is_null = stored.version.is_null;
    return out;
}

/// The first bucket with a name greater than (or equal to, at the start) the place's.
std::shared_ptr<OpenBucket> bucket_at(const Catalog& catalog, const std::string& name) {
    for (const auto& bucket : catalog.buckets()) {
        if (bucket->config()->name.str() >= name) {
            return bucket;
        }
    }
    return nullptr;
}

}  // namespace

Task<Result<std::vector<blob::NamedBlob>>> Catalog::named_blobs(std::string& cursor) {
    Place place;
    if (!cursor.empty()) {
        CO_TRY(place, read_place(cursor));
    }
    const auto bucket = bucket_at(*this, place.bucket);
    std::vector<blob::NamedBlob> found;
    if (!bucket) {
        cursor.clear();
        co_return found;
    }
    const std::string name = bucket->config()->name.str();
    if (name != place.bucket) {
        place = {.bucket = name, .kind = 0, .row_key = {}};
    }
    index::ScanRange range{
        .prefix = std::string(kKinds.at(place.kind)), .after = place.row_key, .limit = kPage};
    CO_TRY(const auto page, co_await bucket->partition().scan(std::move(range)));
    for (const index::Row& row : page.rows) {
        CO_TRY(const auto pieces, pieces_of(place.kind, row.key, row.value));
        for (const Piece& piece : pieces) {
            if (!piece.is_inline()) {
                const Place owner{.bucket = name, .kind = place.kind, .row_key = row.key};
                found.push_back({.owner = write_place(owner), .ref = piece.blob});
            }
        }
    }
    if (page.is_truncated) {
        place.row_key = page.rows.back().key;
    } else if (place.kind + 1 < kKinds.size()) {
        place = {.bucket = name, .kind = place.kind + 1, .row_key = {}};
    } else {
        place = {.bucket = name + '\x01', .kind = 0, .row_key = {}};
    }
    cursor = write_place(place);
    co_return found;
}

Task<Result<bool>> Catalog::replace(blob::NamedBlob from, blob::BlobRef to) {
    CO_TRY(const Place place, read_place(from.owner));
    const auto bucket = find_bucket(BucketName(place.bucket));
    if (!bucket) {
        co_return false;
    }
    Partition& partition = bucket->partition();
    const auto held = co_await partition.key_locks().lock(std::string(rows::key_of(place.row_key)));
    CO_TRY(const auto value, co_await partition.get(place.row_key));
    if (!value) {
        co_return false;
    }
    CO_TRY(std::string changed, with_replaced(place, *value, from.ref, to));
    if (changed == *value) {
        co_return false;
    }
    std::vector<index::Guard> guards;
    guards.push_back({.key = place.row_key, .expected = value});
    std::vector<index::Write> writes;
    writes.push_back({.key = place.row_key, .value = std::move(changed)});
    const auto committed =
        co_await partition.commit(std::move(guards), std::move(writes), std::nullopt);
    if (!committed && committed.error().code == ErrorCode::Conflict) {
        co_return false;
    }
    CO_TRY_VOID(committed);
    co_return true;
}

Task<Result<std::optional<BodyPlace>>> Catalog::locate(blob::NamedBlob named) {
    CO_TRY(const Place place, read_place(named.owner));
    const auto bucket = find_bucket(BucketName(place.bucket));
    if (!bucket) {
        co_return std::nullopt;
    }
    CO_TRY(const auto value, co_await bucket->partition().get(place.row_key));
    if (!value) {
        co_return std::nullopt;
    }
    CO_TRY(const auto pieces, pieces_of(place.kind, place.row_key, *value));
    const bool names_it = std::ranges::any_of(pieces, [&named](const Piece& piece) {
        return !piece.is_inline() && piece.blob == named.ref;
    });
    if (!names_it) {
        co_return std::nullopt;
    }
    CO_TRY(BodyPlace found, body_place(place, *value));
    found.bucket = place.bucket;
    found.bucket_id = bucket->config()->id;
    co_return found;
}

}  // namespace antipode::catalog

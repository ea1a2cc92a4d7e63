#pragma once

#include <string>
#include <string_view>

#include "base/record.h"
#include "base/result.h"
#include "catalog/change.h"
#include "catalog/stored_version.h"
#include "model/bucket.h"

/// Encodings of row values (docs/formats/rows.md). Each starts with its version byte; decoding
/// anything else, or with bytes left over, is Corrupt.
namespace antipode::catalog {

std::string encode(const StoredVersion& stored);
/// `key` comes from the row's key.
Result<StoredVersion> decode_version(std::string_view key, std::string_view value);

std::string encode(const StoredPart& stored);
Result<StoredPart> decode_part(std::string_view value);

std::string encode(const StoredUpload& stored);
Result<StoredUpload> decode_upload(std::string_view value);

std::string encode(const Change& change);
Result<Change> decode_change(std::uint64_t revision, std::string_view value);

std::string encode(const Bucket& bucket);
Result<Bucket> decode_bucket(std::string_view value);

std::string encode(const Totals& totals);
Result<Totals> decode_totals(std::string_view value);

std::string encode(const VersionOrder& order);
Result<VersionOrder> decode_order(std::string_view value);

/// The part of a version that travels between regions, without its key (peer protocol and
/// item_digest).
void write_version(RecordWriter& out, const ObjectVersion& version);
ObjectVersion read_version(RecordReader& in);

/// Not part of the above: each region encrypts with its own keys.
void write_encryption(RecordWriter& out, const Encryption& encryption);
Encryption read_encryption(RecordReader& in);

}  // namespace antipode::catalog

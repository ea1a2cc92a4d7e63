#include "catalog/row_format.h"

#include <algorithm>
#include <bit>

#include "base/open_record.h"
#include "catalog/change.h"
#include "crypto/digest.h"

namespace antipode::catalog {

namespace {

constexpr std::uint8_t kFormat = 1;
/// Of bucket rows: 2 has tags, keys and what S3 says of rules. Rows of format 1 are still read.
constexpr std::uint8_t kBucketFormat = 2;
/// Of versions, parts and uploads that are encrypted; plain ones stay at kFormat.
constexpr std::uint8_t kEncryptedFormat = 2;
/// Of buckets that encrypt by default; others stay at kBucketFormat.
constexpr std::uint8_t kEncryptedBucketFormat = 3;
/// Of buckets with a retention policy.
constexpr std::uint8_t kRetainingBucketFormat = 4;

std::uint8_t format_of(const Bucket& bucket) {
    if (bucket.retention) {
        return kRetainingBucketFormat;
    }
    return bucket.encryption.is_none() ? kBucketFormat : kEncryptedBucketFormat;
}

void write_order(RecordWriter& out, const VersionOrder& order) {
    out.u64(order.hlc);
    out.text(order.origin);
}

VersionOrder read_order(RecordReader& in) {
    VersionOrder order;
    order.hlc = in.u64();
    order.origin = in.text();
    return order;
}

void write_pairs(RecordWriter& out, const NamedValues& pairs) {
    out.varint(pairs.size());
    for (const auto& [name, value] : pairs) {
        out.text(name);
        out.text(value);
    }
}

/// A count from disk is believed only as far as bytes are there for it.
std::uint64_t read_count(RecordReader& in) {
    return std::min<std::uint64_t>(in.varint(), in.rest().size());
}

NamedValues read_pairs(RecordReader& in) {
    NamedValues pairs;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        std::string name(in.text());
        pairs.emplace_back(std::move(name), in.text());
    }
    return pairs;
}

void write_checksum(RecordWriter& out, const Checksum& checksum) {
    out.u8(static_cast<std::uint8_t>(checksum.algorithm));
    out.u8(static_cast<std::uint8_t>(checksum.type));
    out.text(checksum.value);
}

Checksum read_checksum(RecordReader& in) {
    Checksum checksum;
    checksum.algorithm = static_cast<ChecksumAlgorithm>(in.u8());
    checksum.type = static_cast<ChecksumType>(in.u8());
    checksum.value = in.text();
    return checksum;
}

void write_attributes(RecordWriter& out, const ObjectAttributes& attributes) {
    write_pairs(out, attributes.system_headers);
    write_pairs(out, attributes.user_metadata);
    write_pairs(out, attributes.tags);
    out.u8(static_cast<std::uint8_t>(attributes.acl));
    out.u8(static_cast<std::uint8_t>(attributes.storage_class));
}

ObjectAttributes read_attributes(RecordReader& in) {
    ObjectAttributes attributes;
    attributes.system_headers = read_pairs(in);
    attributes.user_metadata = read_pairs(in);
    attributes.tags = read_pairs(in);
    attributes.acl = static_cast<Acl>(in.u8());
    attributes.storage_class = static_cast<StorageClass>(in.u8());
    return attributes;
}

bool is_sealed(const std::vector<Piece>& pieces) {
    return std::ranges::any_of(pieces, [](const Piece& piece) { return !piece.envelope.empty(); });
}

std::uint8_t format_of(bool is_encrypted) {
    return is_encrypted ? kEncryptedFormat : kFormat;
}

/// A record of either format, and which.
struct Opened {
    RecordReader in;
    std::uint8_t format = kFormat;
};

Result<Opened> open_either(std::string_view value, std::string_view what) {
    const bool is_encrypted = !value.empty() && value[0] == static_cast<char>(kEncryptedFormat);
    TRY(RecordReader in, open_record(value, format_of(is_encrypted), what));
    return Opened{.in = in, .format = format_of(is_encrypted)};
}

void write_pieces(RecordWriter& out, const std::vector<Piece>& pieces, std::uint8_t format) {
    out.varint(pieces.size());
    for (const Piece& piece : pieces) {
        out.varint(piece.size_bytes);
        out.text(piece.data_id);
        out.text(piece.blob.encoded());
        if (format == kEncryptedFormat) {
            out.text(piece.envelope);
        }
    }
}

std::vector<Piece> read_pieces(RecordReader& in, std::uint8_t format) {
    std::vector<Piece> pieces;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        Piece piece;
        piece.size_bytes = in.varint();
        piece.data_id = in.text();
        piece.blob = blob::BlobRef(std::string(in.text()));
        if (format == kEncryptedFormat) {
            piece.envelope = in.text();
        }
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

void write_usage(RecordWriter& out, const Usage& usage) {
    for (const std::int64_t value : {usage.bytes, usage.objects, usage.markers, usage.uploads}) {
        out.varint(zigzag(value));
    }
}

Usage read_usage(RecordReader& in) {
    Usage usage;
    for (std::int64_t* value : {&usage.bytes, &usage.objects, &usage.markers, &usage.uploads}) {
        *value = unzigzag(in.varint());
    }
    return usage;
}

void write_rule(RecordWriter& out, const ReplicationRule& rule) {
    out.text(rule.id);
    out.varint(rule.prefixes.size());
    for (const std::string& prefix : rule.prefixes) {
        out.text(prefix);
    }
    out.u8(rule.actions);
    out.text(rule.action_text);
    out.text(rule.target_bucket.str());
    out.text(rule.target_region);
    out.u8(static_cast<std::uint8_t>(rule.transfer));
    out.u8(rule.transfer_given ? 1 : 0);
    out.u8(rule.history ? 1 : 0);
    out.u8(rule.rtc ? 1 : 0);
    out.text(rule.sync_role);
    out.u8(static_cast<std::uint8_t>(rule.status));
    out.varint(rule.epoch);
    out.varint(rule.start_revision);
    out.varint(zigzag(rule.created_ms));
    write_pairs(out, rule.tags);
    out.u8(static_cast<std::uint8_t>(
        (rule.any_tag ? 1U : 0U) | (rule.kms_objects ? 2U : 0U) |
        (rule.kms_objects.value_or(false) ? 4U : 0U) | (rule.is_enabled ? 8U : 0U) |
        (rule.delete_markers ? 16U : 0U) | (rule.replica_modifications ? 32U : 0U) |
        (rule.replica_class ? 64U : 0U)));
    out.text(rule.replica_kms_key);
    out.u8(static_cast<std::uint8_t>(rule.dialect));
    out.varint(zigzag(rule.priority));
    out.u8(static_cast<std::uint8_t>(rule.replica_class.value_or(StorageClass::Standard)));
}

/// What format 2 has more.
void read_rule_more(RecordReader& in, ReplicationRule& rule) {
    rule.tags = read_pairs(in);
    const std::uint8_t flags = in.u8();
    rule.any_tag = (flags & 1U) != 0;
    if ((flags & 2U) != 0) {
        rule.kms_objects = (flags & 4U) != 0;
    }
    rule.is_enabled = (flags & 8U) != 0;
    rule.delete_markers = (flags & 16U) != 0;
    rule.replica_modifications = (flags & 32U) != 0;
    rule.replica_kms_key = in.text();
    rule.dialect = static_cast<RuleDialect>(in.u8());
    rule.priority = unzigzag(in.varint());
    const auto replica_class = static_cast<StorageClass>(in.u8());
    if ((flags & 64U) != 0) {
        rule.replica_class = replica_class;
    }
}

ReplicationRule read_rule(RecordReader& in, std::uint8_t format) {
    ReplicationRule rule;
    rule.id = in.text();
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        rule.prefixes.emplace_back(in.text());
    }
    rule.actions = in.u8();
    rule.action_text = in.text();
    rule.target_bucket = BucketName(std::string(in.text()));
    rule.target_region = in.text();
    rule.transfer = static_cast<TransferType>(in.u8());
    rule.transfer_given = in.u8() != 0;
    rule.history = in.u8() != 0;
    rule.rtc = in.u8() != 0;
    rule.sync_role = in.text();
    rule.status = static_cast<ReplicationStatus>(in.u8());
    rule.epoch = in.varint();
    rule.start_revision = in.varint();
    rule.created_ms = unzigzag(in.varint());
    if (format >= 2) {
        read_rule_more(in, rule);
    }
    return rule;
}

}  // namespace

void write_version(RecordWriter& out, const ObjectVersion& version) {
    write_order(out, version.order);
    out.u8(static_cast<std::uint8_t>((version.is_null ? 1U : 0U) |
                                     (version.is_delete_marker ? 2U : 0U)));
    out.varint(zigzag(version.last_modified_ms));
    out.text(version.owner.str());
    out.varint(version.size_bytes);
    out.text(version.etag);
    out.u64(version.crc64);
    write_checksum(out, version.checksum);
    out.u8(static_cast<std::uint8_t>(version.type));
    out.varint(version.parts.size());
    for (const PartRun& run : version.parts) {
        out.varint(run.count);
        out.varint(run.size_bytes);
    }
    out.text(version.symlink_target);
    write_attributes(out, version.attributes);
    write_order(out, version.attributes_order);
}

ObjectVersion read_version(RecordReader& in) {
    ObjectVersion version;
    version.order = read_order(in);
    const std::uint8_t flags = in.u8();
    version.is_null = (flags & 1U) != 0;
    version.is_delete_marker = (flags & 2U) != 0;
    version.last_modified_ms = unzigzag(in.varint());
    version.owner = AccountId(std::string(in.text()));
    version.size_bytes = in.varint();
    version.etag = in.text();
    version.crc64 = in.u64();
    version.checksum = read_checksum(in);
    version.type = static_cast<ObjectType>(in.u8());
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        PartRun run;
        run.count = static_cast<std::uint32_t>(in.varint());
        run.size_bytes = in.varint();
        version.parts.push_back(run);
    }
    version.symlink_target = in.text();
    version.attributes = read_attributes(in);
    version.attributes_order = read_order(in);
    return version;
}

void write_encryption(RecordWriter& out, const Encryption& encryption) {
    out.u8(static_cast<std::uint8_t>(encryption.kind));
    out.text(encryption.kms_key);
}

Encryption read_encryption(RecordReader& in) {
    Encryption encryption;
    encryption.kind = static_cast<EncryptionKind>(in.u8());
    encryption.kms_key = in.text();
    return encryption;
}

std::string encode(const StoredVersion& stored) {
    const std::uint8_t format =
        format_of(!stored.version.encryption.is_none() || is_sealed(stored.body.pieces));
    RecordWriter out;
    out.u8(format);
    write_version(out, stored.version);
    out.text(stored.body.manifest_id);
    write_pieces(out, stored.body.pieces, format);
    out.text(stored.arrived_from);
    if (format == kEncryptedFormat) {
        write_encryption(out, stored.version.encryption);
    }
    return out.take();
}

Result<StoredVersion> decode_version(std::string_view key, std::string_view value) {
    TRY(Opened opened, open_either(value, "a version row"));
    RecordReader& in = opened.in;
    StoredVersion stored;
    stored.version = read_version(in);
    stored.version.key = key;
    stored.body.manifest_id = in.text();
    stored.body.pieces = read_pieces(in, opened.format);
    stored.arrived_from = in.text();
    if (opened.format == kEncryptedFormat) {
        stored.version.encryption = read_encryption(in);
    }
    TRY_VOID(in.finish("a version row"));
    return stored;
}

std::string encode(const StoredPart& stored) {
    const std::uint8_t format = format_of(is_sealed(stored.pieces));
    RecordWriter out;
    out.u8(format);
    out.varint(stored.part.number);
    out.varint(stored.part.size_bytes);
    out.text(stored.part.etag);
    out.u64(stored.part.crc64);
    write_checksum(out, stored.part.checksum);
    out.varint(zigzag(stored.part.last_modified_ms));
    write_pieces(out, stored.pieces, format);
    return out.take();
}

Result<StoredPart> decode_part(std::string_view value) {
    TRY(Opened opened, open_either(value, "a part row"));
    RecordReader& in = opened.in;
    StoredPart stored;
    stored.part.number = static_cast<std::uint32_t>(in.varint());
    stored.part.size_bytes = in.varint();
    stored.part.etag = in.text();
    stored.part.crc64 = in.u64();
    stored.part.checksum = read_checksum(in);
    stored.part.last_modified_ms = unzigzag(in.varint());
    stored.pieces = read_pieces(in, opened.format);
    TRY_VOID(in.finish("a part row"));
    return stored;
}

std::string encode(const StoredUpload& stored) {
    const std::uint8_t format = format_of(!stored.upload.encryption.is_none());
    RecordWriter out;
    out.u8(format);
    out.text(stored.upload.key);
    out.text(stored.upload.upload_id);
    out.text(stored.upload.owner.str());
    out.varint(zigzag(stored.upload.initiated_ms));
    write_attributes(out, stored.upload.attributes);
    out.u8(static_cast<std::uint8_t>(stored.upload.checksum_algorithm));
    out.u8(static_cast<std::uint8_t>(stored.upload.checksum_type));
    out.text(stored.completing_run);
    if (format == kEncryptedFormat) {
        write_encryption(out, stored.upload.encryption);
    }
    return out.take();
}

Result<StoredUpload> decode_upload(std::string_view value) {
    TRY(Opened opened, open_either(value, "an upload row"));
    RecordReader& in = opened.in;
    StoredUpload stored;
    stored.upload.key = in.text();
    stored.upload.upload_id = in.text();
    stored.upload.owner = AccountId(std::string(in.text()));
    stored.upload.initiated_ms = unzigzag(in.varint());
    stored.upload.attributes = read_attributes(in);
    stored.upload.checksum_algorithm = static_cast<ChecksumAlgorithm>(in.u8());
    stored.upload.checksum_type = static_cast<ChecksumType>(in.u8());
    stored.completing_run = in.text();
    if (opened.format == kEncryptedFormat) {
        stored.upload.encryption = read_encryption(in);
    }
    TRY_VOID(in.finish("an upload row"));
    return stored;
}

std::string encode(const Change& change) {
    RecordWriter out;
    out.u8(kFormat);
    out.u8(static_cast<std::uint8_t>(change.kind));
    out.text(change.key);
    write_order(out, change.order);
    out.u8(static_cast<std::uint8_t>((change.is_null ? 1U : 0U) |
                                     (change.is_delete_marker ? 2U : 0U)));
    out.varint(change.size_bytes);
    out.u64(change.committed);
    out.text(change.arrived_from);
    out.u8(change.slot);
    out.u64(change.digest_delta.low);
    out.u64(change.digest_delta.high);
    write_usage(out, change.usage_delta);
    return out.take();
}

Result<Change> decode_change(std::uint64_t revision, std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "a change row"));
    Change change;
    change.revision = revision;
    change.kind = static_cast<ChangeKind>(in.u8());
    change.key = in.text();
    change.order = read_order(in);
    const std::uint8_t flags = in.u8();
    change.is_null = (flags & 1U) != 0;
    change.is_delete_marker = (flags & 2U) != 0;
    change.size_bytes = in.varint();
    change.committed = in.u64();
    change.arrived_from = in.text();
    change.slot = in.u8();
    change.digest_delta.low = in.u64();
    change.digest_delta.high = in.u64();
    change.usage_delta = read_usage(in);
    TRY_VOID(in.finish("a change row"));
    return change;
}

std::string encode(const Bucket& bucket) {
    RecordWriter out;
    const std::uint8_t format = format_of(bucket);
    out.u8(format);
    out.text(bucket.name.str());
    out.text(bucket.id);
    out.text(bucket.owner.str());
    out.varint(zigzag(bucket.created_ms));
    out.u8(static_cast<std::uint8_t>(bucket.acl));
    out.u8(static_cast<std::uint8_t>(bucket.storage_class));
    out.u8(static_cast<std::uint8_t>(bucket.redundancy));
    out.u8(static_cast<std::uint8_t>(bucket.versioning));
    out.u8(static_cast<std::uint8_t>((bucket.transfer_acceleration ? 1U : 0U) |
                                     (bucket.transfer_acceleration_was_set ? 2U : 0U)));
    out.varint(bucket.rules.size());
    for (const ReplicationRule& rule : bucket.rules) {
        write_rule(out, rule);
    }
    out.varint(bucket.incoming.size());
    for (const IncomingRule& rule : bucket.incoming) {
        out.text(rule.source_region);
        out.text(rule.source_bucket.str());
        out.text(rule.rule_id);
        out.varint(rule.epoch);
        out.u8(static_cast<std::uint8_t>((rule.is_closed ? 1U : 0U) |
                                         (rule.is_accelerated ? 2U : 0U)));
        out.varint(rule.floor);
    }
    write_pairs(out, bucket.tags);
    write_pairs(out, NamedValues(bucket.configurations.begin(), bucket.configurations.end()));
    out.varint(bucket.replication_rules_max);
    out.varint(bucket.greatest_rule_epoch);
    if (format >= kEncryptedBucketFormat) {
        write_encryption(out, bucket.encryption);
    }
    if (bucket.retention) {
        out.text(bucket.retention->id);
        out.varint(bucket.retention->days);
        out.varint(zigzag(bucket.retention->created_ms));
        out.u8(bucket.retention->is_locked ? 1 : 0);
    }
    return out.take();
}

Result<Bucket> decode_bucket(std::string_view value) {
    RecordReader in(value);
    const std::uint8_t format = in.u8();
    if (format == 0 || format > kRetainingBucketFormat) {
        return fail(ErrorCode::Corrupt,
                    "a bucket row has a format that this program does not know");
    }
    Bucket bucket;
    bucket.name = BucketName(std::string(in.text()));
    bucket.id = in.text();
    bucket.owner = AccountId(std::string(in.text()));
    bucket.created_ms = unzigzag(in.varint());
    bucket.acl = static_cast<Acl>(in.u8());
    bucket.storage_class = static_cast<StorageClass>(in.u8());
    bucket.redundancy = static_cast<Redundancy>(in.u8());
    bucket.versioning = static_cast<Versioning>(in.u8());
    const std::uint8_t flags = in.u8();
    bucket.transfer_acceleration = (flags & 1U) != 0;
    bucket.transfer_acceleration_was_set = (flags & 2U) != 0;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        bucket.rules.push_back(read_rule(in, format));
    }
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        IncomingRule rule;
        rule.source_region = in.text();
        rule.source_bucket = BucketName(std::string(in.text()));
        rule.rule_id = in.text();
        rule.epoch = in.varint();
        const std::uint8_t state = in.u8();
        rule.is_closed = (state & 1U) != 0;
        rule.is_accelerated = (state & 2U) != 0;
        rule.floor = format >= 2 ? in.varint() : rule.epoch;
        bucket.incoming.push_back(std::move(rule));
    }
    bucket.tags = read_pairs(in);
    for (auto& [name, document] : read_pairs(in)) {
        bucket.configurations.emplace(std::move(name), std::move(document));
    }
    if (format >= 2) {
        bucket.replication_rules_max = static_cast<std::uint32_t>(in.varint());
        bucket.greatest_rule_epoch = in.varint();
    }
    if (format >= kEncryptedBucketFormat) {
        bucket.encryption = read_encryption(in);
    }
    if (format == kRetainingBucketFormat) {
        Retention retention{.id = std::string(in.text())};
        retention.days = static_cast<std::uint32_t>(in.varint());
        retention.created_ms = unzigzag(in.varint());
        retention.is_locked = in.u8() != 0;
        bucket.retention = std::move(retention);
    }
    TRY_VOID(in.finish("a bucket row"));
    return bucket;
}

std::string encode(const Totals& totals) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint(totals.revision);
    write_usage(out, totals.usage);
    for (const ItemDigest& slot : totals.slots) {
        out.u64(slot.low);
        out.u64(slot.high);
    }
    return out.take();
}

Result<Totals> decode_totals(std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "a totals row"));
    Totals totals;
    totals.revision = in.varint();
    totals.usage = read_usage(in);
    for (ItemDigest& slot : totals.slots) {
        slot.low = in.u64();
        slot.high = in.u64();
    }
    TRY_VOID(in.finish("a totals row"));
    return totals;
}

std::string encode(const VersionOrder& order) {
    RecordWriter out;
    out.u8(kFormat);
    write_order(out, order);
    return out.take();
}

Result<VersionOrder> decode_order(std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "an order row"));
    VersionOrder order = read_order(in);
    TRY_VOID(in.finish("an order row"));
    return order;
}

namespace {

crypto::Digest version_hash(const ObjectVersion& version) {
    RecordWriter out;
    out.text(version.key);
    write_version(out, version);
    return crypto::sha256(as_bytes(out.str()));
}

}  // namespace

std::uint8_t digest_slot(std::string_view key) {
    // FNV-1a: any fixed spread will do, it only has to be the same everywhere for ever.
    std::uint32_t hash = 2166136261U;
    for (const char letter : key) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
    }
    return static_cast<std::uint8_t>(hash ^ (hash >> 8U) ^ (hash >> 16U) ^ (hash >> 24U));
}

ItemDigest item_digest(const ObjectVersion& version) {
    const crypto::Digest hash = version_hash(version);
    RecordReader in(as_text(hash.bytes()));
    ItemDigest digest;
    digest.low = in.u64();
    digest.high = in.u64();
    return digest;
}

}  // namespace antipode::catalog

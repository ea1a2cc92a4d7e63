#include <gtest/gtest.h>

#include "catalog/row_format.h"

namespace antipode::catalog {
namespace {

const Encryption kOwnKey{.kind = EncryptionKind::Kms, .kms_key = "own"};

Piece sealed_piece() {
    Piece piece;
    piece.size_bytes = 5;
    piece.data_id = "d";
    piece.envelope = "envelope";
    return piece;
}

StoredVersion stored_version() {
    StoredVersion stored;
    stored.version.key = "k";
    stored.version.order = {.hlc = 7, .origin = "cn-hangzhou"};
    stored.version.size_bytes = 5;
    Piece piece = sealed_piece();
    piece.envelope.clear();
    stored.body.pieces = {piece};
    stored.arrived_from = "cn-beijing";
    return stored;
}

TEST(EncryptedRows, of_versions_keep_how_and_with_which_keys) {
    StoredVersion stored = stored_version();
    stored.version.encryption = kOwnKey;
    stored.body.pieces = {sealed_piece(), Piece(), sealed_piece()};
    const auto read = decode_version("k", encode(stored));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->version, stored.version);
    EXPECT_EQ(read->body, stored.body);
    EXPECT_EQ(read->arrived_from, "cn-beijing");
}

TEST(EncryptedRows, of_parts_uploads_and_buckets_keep_it_too) {
    StoredPart part;
    part.part.number = 3;
    part.pieces = {sealed_piece()};
    const auto read_part = decode_part(encode(part));
    ASSERT_TRUE(read_part);
    EXPECT_EQ(read_part->pieces, part.pieces);
    EXPECT_EQ(read_part->part.number, 3U);

    StoredUpload upload;
    upload.upload.key = "k";
    upload.upload.encryption = kOwnKey;
    upload.completing_run = "run";
    const auto read_upload = decode_upload(encode(upload));
    ASSERT_TRUE(read_upload);
    EXPECT_EQ(read_upload->upload.encryption, kOwnKey);
    EXPECT_EQ(read_upload->completing_run, "run");

    Bucket bucket;
    bucket.name = BucketName("bucket");
    bucket.greatest_rule_epoch = 5;
    bucket.encryption = kOwnKey;
    const auto read_bucket = decode_bucket(encode(bucket));
    ASSERT_TRUE(read_bucket);
    EXPECT_EQ(read_bucket->encryption, kOwnKey);
    EXPECT_EQ(read_bucket->greatest_rule_epoch, 5U);
}

// Rows of before encryption and of what is not encrypted are the same, byte for byte.
TEST(EncryptedRows, of_what_is_plain_are_as_they_were) {
    EXPECT_EQ(encode(stored_version())[0], 1);
    EXPECT_EQ(encode(StoredPart{})[0], 1);
    EXPECT_EQ(encode(StoredUpload{})[0], 1);
    EXPECT_EQ(encode(Bucket{})[0], 2);
    const auto read = decode_version("k", encode(stored_version()));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->version.encryption.is_none());
    EXPECT_EQ(read->body, stored_version().body);
}

TEST(EncryptedRows, of_a_format_that_is_not_known_are_refused) {
    StoredVersion stored = stored_version();
    stored.version.encryption = kOwnKey;
    std::string row = encode(stored);
    ASSERT_EQ(row[0], 2);
    row[0] = 3;
    EXPECT_EQ(decode_version("k", row).error().code, ErrorCode::Corrupt);
    row = encode(stored);
    EXPECT_FALSE(decode_version("k", row.substr(0, row.size() - 1)));
}

TEST(ItemDigest, is_of_the_plain_object) {
    ObjectVersion version = stored_version().version;
    const ItemDigest plain = item_digest(version);
    version.encryption = kOwnKey;
    EXPECT_EQ(item_digest(version), plain) << "regions encrypt each with keys of their own";
}

}  // namespace
}  // namespace antipode::catalog

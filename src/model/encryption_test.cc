#include "model/encryption.h"

#include <vector>

#include <gtest/gtest.h>

namespace antipode {
namespace {

const Encryption kPlain;
const Encryption kManaged{.kind = EncryptionKind::Aes256, .kms_key = {}};
const Encryption kDefaultKey{.kind = EncryptionKind::Kms, .kms_key = {}};
const Encryption kOwnKey{.kind = EncryptionKind::Kms, .kms_key = "own"};
const Encryption kReplicaKey{.kind = EncryptionKind::Kms, .kms_key = "replica"};

std::vector<std::optional<Encryption>> for_all_defaults(const Encryption& source,
                                                        const std::string& replica_key) {
    std::vector<std::optional<Encryption>> results;
    for (const Encryption& bucket : {kPlain, kManaged, kDefaultKey, kOwnKey}) {
        results.push_back(replica_encryption(source, bucket, replica_key));
    }
    return results;
}

TEST(KmsKeyId, is_the_name_or_what_an_arn_ends_with) {
    EXPECT_EQ(kms_key_id("a-b"), "a-b");
    EXPECT_EQ(kms_key_id("alias/key/x"), "alias/key/x");
    EXPECT_EQ(kms_key_id("arn:aws:kms:us-east-1:123:key/a-b"), "a-b");
    EXPECT_EQ(kms_key_id(""), "");
}

using All = std::vector<std::optional<Encryption>>;

TEST(ReplicaEncryption, of_a_plain_object_is_that_of_the_bucket) {
    EXPECT_EQ(for_all_defaults(kPlain, "replica"),
              (All{kPlain, kManaged, kDefaultKey, kReplicaKey}));
    EXPECT_EQ(for_all_defaults(kPlain, ""), (All{kPlain, kManaged, kDefaultKey, std::nullopt}));
}

TEST(ReplicaEncryption, of_an_encrypted_object_is_its_own_whatever_the_bucket_says) {
    for (const char* key : {"replica", ""}) {
        EXPECT_EQ(for_all_defaults(kManaged, key), All(4, kManaged));
        EXPECT_EQ(for_all_defaults(kDefaultKey, key), All(4, kDefaultKey));
    }
    EXPECT_EQ(for_all_defaults(kOwnKey, "replica"), All(4, kReplicaKey));
    EXPECT_EQ(for_all_defaults(kOwnKey, ""), All(4, std::nullopt));
}

}  // namespace
}  // namespace antipode

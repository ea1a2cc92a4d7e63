#include <algorithm>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "codec/hex.h"
#include "crypto/crc.h"
#include "crypto/digest.h"
#include "index/memory_store.h"
#include "object/replica_service.h"
#include "object/service.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "sealing/test_keys.h"

// Objects that are encrypted at rest: what clients see is what plain ones show, what is stored is
// not.
namespace antipode::object {
namespace {

const Encryption kManaged{.kind = EncryptionKind::Aes256, .kms_key = {}};
const Encryption kKms{.kind = EncryptionKind::Kms, .kms_key = {}};
const Encryption kOwnKey{.kind = EncryptionKind::Kms, .kms_key = "own"};

/// Remembers every byte that goes to the store.
class WatchedBlobs final : public blob::BlobStore {
  public:
    class Watching final : public ByteSource {
      public:
        Watching(ByteSource& inner, std::string& seen) : inner_(inner), seen_(seen) {}

        Task<Result<Bytes>> next() override {
            CO_TRY(Bytes piece, co_await inner_.next());
            seen_ += as_text(piece);
            co_return piece;
        }

      private:
        ByteSource& inner_;
        std::string& seen_;
    };

    Task<Result<blob::WrittenBlob>> write(ByteSource& body, blob::BlobHint hint) override {
        Watching watching(body, seen);
        hints.push_back(hint.size);
        co_return co_await blobs_.write(watching, hint);
    }

    Result<std::unique_ptr<ByteSource>> open(blob::BlobRef ref, ByteRange range) override {
        return blobs_.open(std::move(ref), range);
    }

    void remove(blob::BlobRef ref) override { blobs_.remove(std::move(ref)); }

    std::string seen;
    std::vector<std::optional<std::uint64_t>> hints;

  private:
    blob::MemoryBlobStore blobs_;
};

class EncryptionTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(run(catalog_.load()));
        owner_.principal = {.account = AccountId("1001"), .access_key = "k", .is_root = false};
        CreateBucketRequest request;
        request.name = kBucket;
        ASSERT_TRUE(run(buckets_->create_bucket(owner_, std::move(request))));
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    /// Recognisable wherever it stands, and never the same twice.
    static std::string text_of(std::size_t size) {
        std::string text;
        for (std::size_t line = 0; text.size() < size; ++line) {
            text += "plaintext " + std::to_string(line) + "\n";
        }
        text.resize(size);
        return text;
    }

    static std::unique_ptr<ByteSource> body(const std::string& content) {
        return std::make_unique<runtime::MemorySource>(to_bytes(content));
    }

    Result<Written> put(const std::string& key,
                        const std::string& content,
                        std::optional<Encryption> encryption = std::nullopt) {
        PutObjectRequest request;
        request.bucket = kBucket;
        request.key = key;
        request.body = body(content);
        request.encryption = std::move(encryption);
        return run(objects_->put_object(owner_, std::move(request)));
    }

    Result<Written> append(const std::string& key,
                           std::uint64_t position,
                           const std::string& content,
                           std::optional<Encryption> encryption = std::nullopt) {
        AppendRequest request;
        request.bucket = kBucket;
        request.key = key;
        request.position = position;
        request.body = body(content);
        request.encryption = std::move(encryption);
        return run(objects_->append_object(owner_, std::move(request)));
    }

    Result<std::string> get(const std::string& key,
                            std::optional<ByteRange> range = std::nullopt,
                            ObjectService* service = nullptr) {
        return run(read(service == nullptr ? *objects_ : *service, key, range));
    }

    Task<Result<std::string>> read(ObjectService& service,
                                   std::string key,
                                   std::optional<ByteRange> range) {
        GetObjectRequest request;
        request.bucket = kBucket;
        request.key = std::move(key);
        CO_TRY(const auto opened, co_await service.open_object(owner_, std::move(request)));
        const ByteRange all{.offset = 0, .size = opened->version().size_bytes};
        CO_TRY(const auto source, co_await opened->read(range.value_or(all)));
        std::string out;
        while (true) {
            CO_TRY(const Bytes chunk, co_await source->next());
            if (chunk.empty()) {
                co_return out;
            }
            out += as_text(chunk);
        }
    }

    Result<Written> describe(const std::string& key) {
        VersionName name{.bucket = kBucket, .key = key, .version_id = std::nullopt};
        return run(objects_->describe_object(owner_, std::move(name)));
    }

    UploadName begin_upload(const std::string& key, std::optional<Encryption> encryption) {
        CreateUploadRequest request;
        request.bucket = kBucket;
        request.key = key;
        request.encryption = std::move(encryption);
        const auto upload = run(objects_->create_upload(owner_, std::move(request))).value();
        return {.bucket = kBucket, .key = key, .upload_id = upload.upload_id};
    }

    /// What the rows of the bucket and the blobs hold.
    std::string stored() {
        std::string all = blobs_.seen;
        auto& partition = catalog_.find_bucket(kBucket)->partition();
        std::string after;
        while (true) {
            const auto page = run(partition.scan({.prefix = "", .after = after, .limit = 1000}));
            EXPECT_TRUE(page);
            for (const auto& row : page->rows) {
                after = row.key;
                all += row.value;
            }
            if (!page->is_truncated) {
                return all;
            }
        }
    }

    const BucketName kBucket{"bucket"};
    runtime::SimExecutor executor_{7};
    index::MemoryStore index_;
    WatchedBlobs blobs_;
    sealing::LocalKeys keys_{sealing::make_test_keys("a")};
    catalog::Catalog catalog_{index_, {.region = "cn-hangzhou"}};
    std::unique_ptr<ObjectService> objects_ = make_object_service(catalog_, blobs_, &keys_);
    std::unique_ptr<BucketService> buckets_ = make_bucket_service(catalog_, &keys_);
    Caller owner_;
};

constexpr std::size_t kSmall = 1000;     // In a row.
constexpr std::size_t kLarge = 300'000;  // In a blob, five chunks.

TEST_F(EncryptionTest, of_put_objects_small_and_large_is_seen_by_nobody_but_the_disk) {
    for (const Encryption& encryption : {kManaged, kKms, kOwnKey}) {
        for (const std::size_t size : {std::size_t{0}, kSmall, kLarge}) {
            const std::string plain = text_of(size);
            const auto written = put("k", plain, encryption);
            ASSERT_TRUE(written) << written.error().message;
            EXPECT_EQ(written->version.encryption, encryption);
            EXPECT_EQ(written->version.size_bytes, size);
            EXPECT_EQ(written->version.etag,
                      codec::hex_upper(crypto::md5(as_bytes(plain)).bytes()));
            EXPECT_EQ(written->version.crc64, crypto::crc64(as_bytes(plain)));
            EXPECT_EQ(get("k"), plain);
            EXPECT_EQ(describe("k")->version.encryption, encryption);
        }
    }
    EXPECT_EQ(stored().find("plaintext"), std::string::npos);
    ASSERT_TRUE(put("plain", text_of(kSmall)));
    EXPECT_NE(stored().find("plaintext"), std::string::npos) << "the test would see it";
}

TEST_F(EncryptionTest, does_not_stand_against_ranges) {
    const std::string plain = text_of(kLarge);
    ASSERT_TRUE(put("large", plain, kManaged));
    ASSERT_TRUE(put("small", plain.substr(0, kSmall), kManaged));
    for (const std::uint64_t from : {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 299'999UL}) {
        for (const std::uint64_t size : {1UL, 65'536UL, 100'000UL}) {
            const ByteRange range{.offset = from, .size = std::min(size, kLarge - from)};
            EXPECT_EQ(get("large", range), plain.substr(from, range.size)) << from << " " << size;
        }
    }
    EXPECT_EQ(get("small", ByteRange{.offset = 999, .size = 1}), plain.substr(999, 1));
}

TEST_F(EncryptionTest, of_an_upload_is_that_of_all_its_parts) {
    const UploadName upload = begin_upload("k", kOwnKey);
    std::string whole;
    for (const std::uint32_t number : {1U, 2U, 3U}) {
        UploadPartRequest part;
        part.upload = upload;
        part.number = number;
        part.body = body(text_of(kLarge / number));
        whole += text_of(kLarge / number);
        ASSERT_TRUE(run(objects_->upload_part(owner_, std::move(part))));
    }
    ASSERT_TRUE(put("source", text_of(kLarge), kManaged));
    CopyPartRequest copy{.upload = upload,
                         .number = 4,
                         .source = {.bucket = kBucket,
                                    .key = "source",
                                    .version_id = std::nullopt,
                                    .conditions = {}},
                         .range = ByteRange{.offset = 70'000, .size = 70'000}};
    ASSERT_TRUE(run(objects_->copy_part(owner_, std::move(copy))));
    whole += text_of(kLarge).substr(70'000, 70'000);
    CompleteUploadRequest complete{.upload = upload};
    complete.all_parts = true;
    const auto written = run(objects_->complete_upload(owner_, std::move(complete)));

    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->version.encryption, kOwnKey);
    EXPECT_EQ(written->version.crc64, crypto::crc64(as_bytes(whole)));
    EXPECT_EQ(get("k"), whole);
    const ByteRange over_parts{.offset = kLarge - 10, .size = 20};
    EXPECT_EQ(get("k", over_parts), whole.substr(over_parts.offset, over_parts.size));
    EXPECT_EQ(stored().find("plaintext"), std::string::npos);
}

TEST_F(EncryptionTest, of_an_appendable_object_is_that_of_its_first_append) {
    std::string whole;
    for (int i = 0; i < 40; ++i) {  // More than a row has pieces.
        const std::string piece = text_of(static_cast<std::size_t>(100 + i * 700));
        const auto asked = i == 0 ? std::optional(kManaged) : std::nullopt;
        ASSERT_TRUE(append("k", whole.size(), piece, asked));
        whole += piece;
    }
    EXPECT_EQ(get("k"), whole);
    EXPECT_EQ(describe("k")->version.encryption, kManaged);
    EXPECT_EQ(stored().find("plaintext"), std::string::npos);
}

TEST_F(EncryptionTest, is_the_buckets_default_when_nothing_is_said_and_not_taken_over_by_copies) {
    ASSERT_TRUE(run(buckets_->put_bucket_encryption(owner_, kBucket, kKms)));
    EXPECT_EQ(put("default", "v")->version.encryption, kKms);
    EXPECT_EQ(put("asked", "v", kManaged)->version.encryption, kManaged);
    CopyObjectRequest copy;
    copy.source.bucket = copy.bucket = kBucket;
    copy.source.key = "asked";
    copy.key = "copy";
    const auto copied = run(objects_->copy_object(owner_, std::move(copy)));
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(copied->version.encryption, kKms);
    EXPECT_EQ(get("copy"), "v");

    ASSERT_TRUE(run(buckets_->put_bucket_encryption(owner_, kBucket, {})));
    EXPECT_TRUE(put("plain", "v")->version.encryption.is_none());
    EXPECT_EQ(get("default"), "v");
}

TEST_F(EncryptionTest, with_a_key_that_is_not_there_is_refused_before_anything_is_read) {
    const Encryption unknown{.kind = EncryptionKind::Kms, .kms_key = "unknown"};
    const auto refused = put("k", text_of(kLarge), unknown);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::NoSuchEncryptionKey);
    EXPECT_EQ(run(buckets_->put_bucket_encryption(owner_, kBucket, unknown)).error().code,
              ErrorCode::NoSuchEncryptionKey);
    EXPECT_TRUE(blobs_.seen.empty());
    EXPECT_FALSE(describe("k"));
}

TEST_F(EncryptionTest, needs_the_keys_that_it_was_made_with) {
    ASSERT_TRUE(put("k", "v", kManaged));
    const auto keyless = make_object_service(catalog_, blobs_);
    EXPECT_EQ(get("k", std::nullopt, keyless.get()).error().code, ErrorCode::NotImplemented);
    sealing::LocalKeys others(sealing::make_test_keys("x"));
    const auto stranger = make_object_service(catalog_, blobs_, &others);
    EXPECT_EQ(get("k", std::nullopt, stranger.get()).error().code, ErrorCode::Corrupt);
    EXPECT_EQ(get("k"), "v");
    PutObjectRequest request;
    request.bucket = kBucket;
    request.key = "new";
    request.encryption = kManaged;
    EXPECT_EQ(run(keyless->put_object(owner_, std::move(request))).error().code,
              ErrorCode::NotImplemented);
}

TEST_F(EncryptionTest, of_replicas_whole_and_in_chunks_is_what_the_version_says) {
    ReplicaService replicas(catalog_, blobs_, &keys_);
    const auto bucket = catalog_.find_bucket(kBucket);
    const std::string plain = text_of(kLarge);
    ASSERT_TRUE(put("here", plain));
    blobs_.seen.clear();
    for (const bool in_chunks : {false, true}) {
        ReplicaPut replica;
        replica.version = describe("here")->version;
        replica.version.key = in_chunks ? "chunks" : "whole";
        replica.version.order.origin = "cn-beijing";
        replica.version.encryption = kKms;
        replica.arrived_from = "cn-beijing";
        if (in_chunks) {
            replica.transfer_id = "transfer";
            std::uint64_t at = 0;
            for (const std::uint32_t number : {1U, 2U}) {
                const std::string part = plain.substr(at, 200'000);
                at += part.size();
                Chunk chunk{.number = number,
                            .size_bytes = part.size(),
                            .crc64 = crypto::crc64(as_bytes(part)),
                            .encryption = kKms};
                ASSERT_TRUE(run(replicas.put_chunk(bucket, "transfer", chunk, body(part))));
            }
        } else {
            replica.body = body(plain);
        }
        const std::string key = replica.version.key;
        const auto outcome = run(replicas.put(bucket, std::move(replica)));
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_EQ(*outcome, ReplicaOutcome::Applied);
        EXPECT_EQ(get(key), plain);
        EXPECT_EQ(describe(key)->version.encryption, kKms);
    }
    EXPECT_EQ(blobs_.seen.find("plaintext"), std::string::npos);
}

}  // namespace
}  // namespace antipode::object

#include "object/object_service.h"

#include <algorithm>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace antipode::object {
namespace {

/// The services over the reference engines in one deterministic thread.
class ObjectServiceTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(run(catalog_.load()));
        owner_.principal = {.account = AccountId("1001"), .access_key = "k", .is_root = false};
        CreateBucketRequest request;
        request.name = BucketName("bucket");
        ASSERT_TRUE(run(buckets_->create_bucket(owner_, std::move(request))));
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    PutObjectRequest put_request(const std::string& key, const std::string& content) {
        PutObjectRequest request;
        request.bucket = BucketName("bucket");
        request.key = key;
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return request;
    }

    Result<Written> put(const std::string& key, const std::string& content) {
        return run(objects_->put_object(owner_, put_request(key, content)));
    }

    Result<std::string> get(const std::string& key, std::optional<std::string> version_id = {}) {
        return run(read(key, std::move(version_id), std::nullopt));
    }

    Task<Result<std::string>> read(std::string key,
                                   std::optional<std::string> version_id,
                                   std::optional<ByteRange> range) {
        GetObjectRequest request;
        request.bucket = BucketName("bucket");
        request.key = std::move(key);
        request.version_id = std::move(version_id);
        auto opened = co_await objects_->open_object(owner_, std::move(request));
        if (!opened) {
            co_return fail(std::move(opened).error());
        }
        const ByteRange all{.offset = 0, .size = (*opened)->version().size_bytes};
        CO_TRY(const auto source, co_await (*opened)->read(range.value_or(all)));
        std::string out;
        while (true) {
            CO_TRY(const Bytes chunk, co_await source->next());
            if (chunk.empty()) {
                co_return out;
            }
            out.append(as_text(chunk));
        }
    }

    void set_versioning(Versioning versioning) {
        ASSERT_TRUE(run(buckets_->put_bucket_versioning(owner_, BucketName("bucket"), versioning)));
    }

    Result<Deleted> remove(const std::string& key, std::optional<std::string> version_id = {}) {
        DeleteObjectRequest request{
            .bucket = BucketName("bucket"), .key = key, .version_id = std::move(version_id)};
        return run(objects_->delete_object(owner_, std::move(request)));
    }

    Result<Written> append(const std::string& key,
                           std::uint64_t position,
                           const std::string& content) {
        AppendRequest request;
        request.bucket = BucketName("bucket");
        request.key = key;
        request.position = position;
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return run(objects_->append_object(owner_, std::move(request)));
    }

    UploadName begin_upload(const std::string& key) {
        CreateUploadRequest request;
        request.bucket = BucketName("bucket");
        request.key = key;
        const auto upload = run(objects_->create_upload(owner_, std::move(request))).value();
        return {.bucket = BucketName("bucket"), .key = key, .upload_id = upload.upload_id};
    }

    Result<UploadPart> upload_part(const UploadName& name,
                                   std::uint32_t number,
                                   const std::string& content) {
        UploadPartRequest request;
        request.upload = name;
        request.number = number;
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return run(objects_->upload_part(owner_, std::move(request)));
    }

    std::vector<std::string> list(const std::string& prefix,
                                  const std::string& delimiter,
                                  std::size_t page) {
        std::vector<std::string> out;
        ListObjectsRequest request;
        request.bucket = BucketName("bucket");
        request.prefix = prefix;
        request.delimiter = delimiter;
        request.max_keys = page;
        while (true) {
            const ObjectList found = run(objects_->list_objects(owner_, request)).value();
            for (const ObjectVersion& version : found.objects) {
                out.push_back(version.key);
            }
            for (const std::string& common : found.common_prefixes) {
                out.push_back(common);
            }
            if (!found.is_truncated) {
                return out;
            }
            request.after = found.next_after;
        }
    }

    runtime::SimExecutor executor_{1};
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
    catalog::Catalog catalog_{index_, {.region = "cn-hangzhou"}};
    std::unique_ptr<ObjectService> objects_ = make_object_service(catalog_, blobs_);
    std::unique_ptr<BucketService> buckets_ = make_bucket_service(catalog_);
    Caller owner_;
};

const std::string kLarge(100'000, 'x');

TEST_F(ObjectServiceTest, gives_back_small_empty_and_large_bodies) {
    for (const std::string& content : {std::string("hello"), std::string(), kLarge}) {
        ASSERT_TRUE(put("key", content));
        EXPECT_EQ(get("key").value(), content);
    }
    EXPECT_EQ(run(read("key", {}, ByteRange{.offset = 99'990, .size = 5})).value(), "xxxxx");
}

TEST_F(ObjectServiceTest, gives_the_space_of_what_was_overwritten_or_deleted_back) {
    ASSERT_TRUE(put("key", kLarge));
    ASSERT_TRUE(put("key", kLarge));
    EXPECT_EQ(blobs_.count(), 1U);

    ASSERT_TRUE(remove("key"));

    EXPECT_EQ(blobs_.count(), 0U);
    EXPECT_EQ(get("key").error().code, ErrorCode::NoSuchKey);
    EXPECT_TRUE(remove("key")) << "deleting what is not there is no error";
}

TEST_F(ObjectServiceTest, keeps_the_old_object_and_no_bytes_when_a_digest_is_wrong) {
    ASSERT_TRUE(put("key", "old"));
    auto request = put_request("key", kLarge);
    request.check.md5 = std::string(16, '\0');

    EXPECT_EQ(run(objects_->put_object(owner_, std::move(request))).error().code,
              ErrorCode::InvalidDigest);

    EXPECT_EQ(get("key").value(), "old");
    EXPECT_EQ(blobs_.count(), 0U);
}

TEST_F(ObjectServiceTest, refuses_a_body_of_another_length_than_announced) {
    auto request = put_request("key", "hello");
    request.check.size_bytes = 6;
    EXPECT_EQ(run(objects_->put_object(owner_, std::move(request))).error().code,
              ErrorCode::IncompleteBody);
}

TEST_F(ObjectServiceTest, writes_only_when_the_conditions_hold) {
    auto first = put_request("key", "1");
    first.conditions.if_none_match = {"*"};
    ASSERT_TRUE(run(objects_->put_object(owner_, std::move(first))));
    auto second = put_request("key", "2");
    second.conditions.if_none_match = {"*"};
    EXPECT_EQ(run(objects_->put_object(owner_, std::move(second))).error().code,
              ErrorCode::PreconditionFailed);
    auto third = put_request("key", "3");
    third.forbid_overwrite = true;
    EXPECT_EQ(run(objects_->put_object(owner_, std::move(third))).error().code,
              ErrorCode::ObjectAlreadyExists);

    set_versioning(Versioning::Enabled);
    auto fourth = put_request("key", "4");
    fourth.forbid_overwrite = true;
    EXPECT_TRUE(run(objects_->put_object(owner_, std::move(fourth))))
        << "ignored in versioned buckets";
}

TEST_F(ObjectServiceTest, keeps_versions_and_markers) {
    ASSERT_TRUE(put("key", "null"));
    set_versioning(Versioning::Enabled);
    const Written second = put("key", "second").value();
    const Deleted marker = remove("key").value();

    EXPECT_TRUE(marker.is_delete_marker);
    EXPECT_EQ(get("key").error().code, ErrorCode::NoSuchKey);
    EXPECT_EQ(get("key").error().message, marker.version_id);
    EXPECT_EQ(get("key", marker.version_id).error().code, ErrorCode::IsDeleteMarker);
    EXPECT_EQ(get("key", second.version.version_id()).value(), "second");
    EXPECT_EQ(get("key", "null").value(), "null");

    ASSERT_TRUE(remove("key", marker.version_id));
    EXPECT_EQ(get("key").value(), "second") << "removing the marker brings the object back";

    set_versioning(Versioning::Suspended);
    ASSERT_TRUE(put("key", "null again"));
    EXPECT_EQ(get("key", "null").value(), "null again");
    EXPECT_EQ(get("key", second.version.version_id()).value(), "second");
}

TEST_F(ObjectServiceTest, lists_page_by_page_with_prefix_and_delimiter) {
    for (const char* key : {"a", "dir/1", "dir/2", "dir/sub/3", "e", "z/9"}) {
        ASSERT_TRUE(put(key, "1"));
    }
    for (const std::size_t page : {1U, 2U, 1000U}) {
        EXPECT_EQ(list("", "", page),
                  (std::vector<std::string>{"a", "dir/1", "dir/2", "dir/sub/3", "e", "z/9"}));
        EXPECT_EQ(list("dir/", "", page),
                  (std::vector<std::string>{"dir/1", "dir/2", "dir/sub/3"}));
        auto top = list("", "/", page);
        std::ranges::sort(top);
        EXPECT_EQ(top, (std::vector<std::string>{"a", "dir/", "e", "z/"}));
    }
}

TEST_F(ObjectServiceTest, leaves_deleted_objects_of_versioned_buckets_out_of_lists) {
    set_versioning(Versioning::Enabled);
    for (const char* key : {"a", "b", "c"}) {
        ASSERT_TRUE(put(key, "1"));
    }
    ASSERT_TRUE(remove("b"));
    EXPECT_EQ(list("", "", 1), (std::vector<std::string>{"a", "c"}));
}

TEST_F(ObjectServiceTest, appends_at_the_end_only) {
    EXPECT_EQ(append("log", 0, "one").value().next_position, 3U);
    EXPECT_EQ(append("log", 3, kLarge).value().next_position, 3U + kLarge.size());
    EXPECT_EQ(append("log", 0, "x").error().code, ErrorCode::PositionNotEqualToLength);
    EXPECT_EQ(get("log").value(), "one" + kLarge);
    ASSERT_TRUE(put("plain", "x"));
    EXPECT_EQ(append("plain", 1, "x").error().code, ErrorCode::ObjectNotAppendable);
}

TEST_F(ObjectServiceTest, appends_more_often_than_a_row_holds_pieces) {
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        const std::string piece = std::to_string(i) + ",";
        ASSERT_TRUE(append("log", expected.size(), piece));
        expected += piece;
    }
    EXPECT_EQ(get("log").value(), expected);
    EXPECT_EQ(run(read("log", {}, ByteRange{.offset = 200, .size = 20})).value(),
              expected.substr(200, 20));
}

TEST_F(ObjectServiceTest, completes_an_upload_of_the_parts_that_are_named) {
    const UploadName name = begin_upload("big");
    const UploadPart first = upload_part(name, 1, kLarge).value();
    ASSERT_TRUE(upload_part(name, 2, "not in the object"));
    const UploadPart third = upload_part(name, 3, "end").value();
    CompleteUploadRequest complete{.upload = name};
    complete.parts = {{.number = 1, .etag = first.etag, .checksum = {}},
                      {.number = 3, .etag = third.etag, .checksum = {}}};

    const Written written = run(objects_->complete_upload(owner_, complete)).value();

    EXPECT_TRUE(written.version.etag.ends_with("-2"));
    EXPECT_EQ(get("big").value(), kLarge + "end");
    EXPECT_EQ(run(read("big", {}, ByteRange{.offset = kLarge.size() - 1, .size = 3})).value(),
              "xen");
    EXPECT_EQ(run(objects_->complete_upload(owner_, complete)).error().code,
              ErrorCode::NoSuchUpload);
    ASSERT_TRUE(remove("big"));
    EXPECT_EQ(blobs_.count(), 0U);
}

TEST_F(ObjectServiceTest, refuses_parts_that_are_wrong_and_keeps_the_upload) {
    const UploadName name = begin_upload("big");
    const UploadPart first = upload_part(name, 1, "a").value();
    const UploadPart second = upload_part(name, 2, "b").value();
    CompleteUploadRequest complete{.upload = name};
    complete.parts = {{.number = 2, .etag = second.etag, .checksum = {}},
                      {.number = 1, .etag = first.etag, .checksum = {}}};
    EXPECT_EQ(run(objects_->complete_upload(owner_, complete)).error().code,
              ErrorCode::InvalidPartOrder);
    complete.parts = {{.number = 1, .etag = second.etag, .checksum = {}}};
    EXPECT_EQ(run(objects_->complete_upload(owner_, complete)).error().code,
              ErrorCode::InvalidPart);
    complete.parts = {{.number = 1, .etag = first.etag, .checksum = {}},
                      {.number = 2, .etag = second.etag, .checksum = {}}};
    complete.part_bytes_min = 100;
    EXPECT_EQ(run(objects_->complete_upload(owner_, complete)).error().code,
              ErrorCode::EntityTooSmall);

    complete.part_bytes_min = 0;
    EXPECT_TRUE(run(objects_->complete_upload(owner_, complete)));
}

TEST_F(ObjectServiceTest, aborts_an_upload_and_gives_its_space_back) {
    const UploadName name = begin_upload("big");
    ASSERT_TRUE(upload_part(name, 1, kLarge));
    EXPECT_EQ(run(buckets_->delete_bucket(owner_, BucketName("bucket"))).error().code,
              ErrorCode::BucketNotEmpty);

    ASSERT_TRUE(run(objects_->abort_upload(owner_, name)));

    EXPECT_EQ(blobs_.count(), 0U);
    EXPECT_EQ(upload_part(name, 2, "x").error().code, ErrorCode::NoSuchUpload);
    EXPECT_TRUE(run(buckets_->delete_bucket(owner_, BucketName("bucket"))));
}

TEST_F(ObjectServiceTest, copies_bytes_and_words) {
    auto request = put_request("from", kLarge);
    request.attributes.user_metadata = {{"color", "red"}};
    ASSERT_TRUE(run(objects_->put_object(owner_, std::move(request))));
    CopyObjectRequest copy;
    copy.source = {
        .bucket = BucketName("bucket"), .key = "from", .version_id = {}, .conditions = {}};
    copy.bucket = BucketName("bucket");
    copy.key = "to";

    const Copied copied = run(objects_->copy_object(owner_, std::move(copy))).value();

    EXPECT_EQ(copied.version.attributes.user_metadata, (NamedValues{{"color", "red"}}));
    ASSERT_TRUE(remove("from"));
    EXPECT_EQ(get("to").value(), kLarge);
}

TEST_F(ObjectServiceTest, keeps_others_out_unless_the_acl_lets_them_in) {
    ASSERT_TRUE(put("key", "secret"));
    Caller anonymous;
    GetObjectRequest request;
    request.bucket = BucketName("bucket");
    request.key = "key";
    EXPECT_EQ(run(objects_->open_object(anonymous, request)).error().code, ErrorCode::AccessDenied);
    EXPECT_EQ(run(objects_->put_object(anonymous, put_request("key", "x"))).error().code,
              ErrorCode::AccessDenied);

    const VersionName name{.bucket = BucketName("bucket"), .key = "key", .version_id = {}};
    ASSERT_TRUE(run(objects_->put_object_acl(owner_, name, Acl::PublicRead)));

    EXPECT_TRUE(run(objects_->open_object(anonymous, request)));
}

TEST_F(ObjectServiceTest, follows_a_symlink_one_step) {
    ASSERT_TRUE(put("target", "bytes"));
    SymlinkRequest link;
    link.bucket = BucketName("bucket");
    link.key = "link";
    link.target = "target";
    ASSERT_TRUE(run(objects_->put_symlink(owner_, std::move(link))));
    EXPECT_EQ(get("link").value(), "bytes");
    ASSERT_TRUE(remove("target"));
    EXPECT_EQ(get("link").error().code, ErrorCode::SymlinkTargetNotExist);
}

TEST_F(ObjectServiceTest, counts_what_a_bucket_holds) {
    ASSERT_TRUE(put("a", "12345"));
    ASSERT_TRUE(put("a", "123"));
    ASSERT_TRUE(put("b", "1"));
    begin_upload("c");
    const BucketStat stat = run(buckets_->stat_bucket(owner_, BucketName("bucket"))).value();
    EXPECT_EQ(stat.storage_bytes, 4U);
    EXPECT_EQ(stat.object_count, 2U);
    EXPECT_EQ(stat.upload_count, 1U);
}

}  // namespace
}  // namespace antipode::object

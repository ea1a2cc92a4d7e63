#include "replication/sites_harness.h"

// What goes over under which Action: the tables of docs/replication.md, row by row.
namespace antipode::replication::sites {
namespace {

/// Two pairs of buckets, one under Action ALL and one under Action PUT; what is done to one is done
/// to the other.
class WhatTravels : public Sites {
  protected:
    void make_pairs(Versioning versioning) {
        for (const char* name : {"all", "put"}) {
            west.make_bucket(name, versioning);
            east.make_bucket(name, versioning);
        }
        ReplicationRule rule;
        rule.target_region = "cn-beijing";
        rule.target_bucket = BucketName("all");
        ASSERT_TRUE(west.add_rule("all", rule));
        rule.target_bucket = BucketName("put");
        rule.actions = kReplicatePut;
        rule.action_text = "PUT";
        ASSERT_TRUE(west.add_rule("put", rule));
    }

    /// Nothing waits, and what both sides hold is the same in every detail.
    void expect_equal(const std::string& bucket) {
        ASSERT_TRUE(settle());
        const auto here = west.versions(bucket);
        const auto there = east.versions(bucket);
        ASSERT_EQ(here.size(), there.size()) << bucket;
        for (std::size_t i = 0; i < here.size(); ++i) {
            EXPECT_EQ(here[i].version, there[i].version) << bucket << " " << here[i].version.key;
            EXPECT_EQ(there[i].arrived_from, "cn-hangzhou");
        }
        EXPECT_EQ(west.totals(bucket).slots, east.totals(bucket).slots);
    }

    void expect_both_equal() {
        expect_equal("all");
        expect_equal("put");
    }

    template <typename What>
    void on_both(What what) {
        what(std::string("all"));
        what(std::string("put"));
    }

    object::UploadName begin_upload(const std::string& bucket, const std::string& key) {
        object::CreateUploadRequest request{.bucket = BucketName(bucket), .key = key};
        const auto upload = west.run(west.objects->create_upload(west.caller, std::move(request)));
        return {.bucket = BucketName(bucket), .key = key, .upload_id = upload->upload_id};
    }

    void add_part(const object::UploadName& upload, std::uint32_t number, std::string content) {
        object::UploadPartRequest request{.upload = upload, .number = number};
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(std::move(content)));
        ASSERT_TRUE(west.run(west.objects->upload_part(west.caller, std::move(request))));
    }

    Result<object::Written> complete(const object::UploadName& upload) {
        object::CompleteUploadRequest request{.upload = upload};
        request.all_parts = true;
        return west.run(west.objects->complete_upload(west.caller, std::move(request)));
    }

    Result<object::Copied> copy(object::CopyObjectRequest request) {
        return west.run(west.objects->copy_object(west.caller, std::move(request)));
    }

    Result<object::Written> append(const std::string& bucket,
                                   const std::string& key,
                                   std::uint64_t position,
                                   const std::string& content) {
        object::AppendRequest request;
        request.bucket = BucketName(bucket);
        request.key = key;
        request.position = position;
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return west.run(west.objects->append_object(west.caller, std::move(request)));
    }
};

TEST_F(WhatTravels, put_with_everything_that_belongs_to_an_object) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        ObjectAttributes attributes;
        attributes.system_headers = {{"content-type", "text/plain"}, {"cache-control", "no-cache"}};
        attributes.user_metadata = {{"colour", "red"}};
        attributes.tags = {{"k", "v"}};
        attributes.acl = Acl::PublicRead;
        attributes.storage_class = StorageClass::InfrequentAccess;
        ASSERT_TRUE(west.put(bucket, "full", "content", attributes));
        ASSERT_TRUE(west.put(bucket, "empty", ""));
        ASSERT_TRUE(west.put(bucket, "large", std::string(2'500'000, 'x')));
    });

    expect_both_equal();
    EXPECT_EQ(east.get("put", "full"), "content");
    const auto replica = east.describe("all", "full");
    ASSERT_TRUE(replica);
    EXPECT_EQ(replica->attributes.storage_class, StorageClass::InfrequentAccess);
    EXPECT_EQ(replica->attributes.acl, Acl::PublicRead);
    EXPECT_EQ(replica->owner.str(), "1000");
}

TEST_F(WhatTravels, an_overwrite) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        ASSERT_TRUE(west.put(bucket, "k", "first"));
        ASSERT_TRUE(west.put(bucket, "k", "second"));
    });

    expect_both_equal();
    EXPECT_EQ(east.get("put", "k"), "second");
    EXPECT_EQ(east.versions("put").size(), 1U);
}

TEST_F(WhatTravels, copy_and_change_of_metadata_by_copying_onto_itself) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        ASSERT_TRUE(west.put(bucket, "from", "content"));
        object::CopyObjectRequest request;
        request.source = {.bucket = BucketName(bucket), .key = "from"};
        request.bucket = BucketName(bucket);
        request.key = "to";
        ASSERT_TRUE(copy(std::move(request)));
        object::CopyObjectRequest onto_itself;
        onto_itself.source = {.bucket = BucketName(bucket), .key = "from"};
        onto_itself.bucket = BucketName(bucket);
        onto_itself.key = "from";
        onto_itself.replace_metadata = true;
        onto_itself.attributes.user_metadata = {{"new", "1"}};
        ASSERT_TRUE(copy(std::move(onto_itself)));
    });

    expect_both_equal();
    EXPECT_EQ(east.get("put", "to"), "content");
    EXPECT_EQ(east.describe("put", "from")->attributes.user_metadata, (NamedValues{{"new", "1"}}));
}

TEST_F(WhatTravels, append_and_the_replica_stays_appendable) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) { ASSERT_TRUE(append(bucket, "log", 0, "one ")); });
    ASSERT_TRUE(settle());
    on_both([this](const std::string& bucket) {
        ASSERT_TRUE(append(bucket, "log", 4, "two "));
        ASSERT_TRUE(append(bucket, "log", 8, "three"));
    });

    expect_both_equal();
    EXPECT_EQ(east.get("put", "log"), "one two three");
    EXPECT_EQ(east.describe("put", "log")->type, ObjectType::Appendable);
}

TEST_F(WhatTravels, append_in_versioned_buckets_grows_the_same_version) {
    make_pairs(Versioning::Enabled);
    on_both([this](const std::string& bucket) { ASSERT_TRUE(append(bucket, "log", 0, "one ")); });
    ASSERT_TRUE(settle());
    on_both([this](const std::string& bucket) { ASSERT_TRUE(append(bucket, "log", 4, "two")); });

    expect_both_equal();
    EXPECT_EQ(east.get("put", "log"), "one two");
    EXPECT_EQ(east.versions("put").size(), 1U);
}

TEST_F(WhatTravels, multipart_uploads_only_whole_and_with_their_parts) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        const object::UploadName upload = begin_upload(bucket, "big");
        add_part(upload, 1, std::string(1'500'000, 'a'));
        add_part(upload, 2, std::string(700'000, 'b'));
        ASSERT_TRUE(settle());
        EXPECT_TRUE(east.versions(bucket).empty()) << "nothing is seen of an unfinished upload";
        ASSERT_TRUE(complete(upload));
    });

    expect_both_equal();
    const auto replica = east.describe("put", "big");
    ASSERT_TRUE(replica);
    EXPECT_EQ(replica->type, ObjectType::Multipart);
    EXPECT_EQ(replica->parts.size(), 2U);
    EXPECT_TRUE(replica->etag.ends_with("-2"));
}

TEST_F(WhatTravels, half_an_object_is_never_seen_while_a_large_one_is_brought_over) {
    make_pairs(Versioning::Unversioned);
    east.door.weather = {.lost = 300, .unheard = 200, .repeated = 100, .late = 200};
    const std::string first(9'000'000, '1');
    const std::string second(9'000'000, '2');
    ASSERT_TRUE(west.put("all", "k", first));
    ASSERT_TRUE(west.put("all", "k", second));
    bool is_whole = true;
    const bool arrived = east.wait_until([&] {
        const auto seen = east.get("all", "k");
        is_whole = is_whole && (!seen || *seen == first || *seen == second);
        return seen == second;
    });
    east.door.weather = {};

    EXPECT_TRUE(arrived);
    EXPECT_TRUE(is_whole);
}

TEST_F(WhatTravels, abort_leaves_nothing_at_the_destination) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        const object::UploadName upload = begin_upload(bucket, "big");
        add_part(upload, 1, std::string(200'000, 'a'));
        ASSERT_TRUE(west.run(west.objects->abort_upload(west.caller, upload)));
    });

    expect_both_equal();
    EXPECT_TRUE(east.versions("all").empty());
}

TEST_F(WhatTravels, acl_and_tags_and_their_removal) {
    make_pairs(Versioning::Enabled);
    on_both([this](const std::string& bucket) {
        ASSERT_TRUE(west.put(bucket, "k", "v"));
        ASSERT_TRUE(west.put(bucket, "untagged", "v"));
    });
    ASSERT_TRUE(settle());
    on_both([this](const std::string& bucket) {
        object::VersionName name{.bucket = BucketName(bucket), .key = "k", .version_id = {}};
        ASSERT_TRUE(west.run(west.objects->put_object_acl(west.caller, name, Acl::PublicRead)));
        ASSERT_TRUE(west.tag(bucket, "k", {{"a", "1"}}));
        ASSERT_TRUE(west.tag(bucket, "untagged", {{"a", "1"}}));
        ASSERT_TRUE(west.tag(bucket, "untagged", {}));
    });

    expect_both_equal();
    EXPECT_EQ(east.describe("put", "k")->attributes.acl, Acl::PublicRead);
    EXPECT_EQ(east.describe("put", "k")->attributes.tags, (NamedValues{{"a", "1"}}));
    EXPECT_TRUE(east.describe("put", "untagged")->attributes.tags.empty());
    EXPECT_EQ(east.versions("put").size(), 2U) << "no new version";
}

TEST_F(WhatTravels, acl_set_at_once_after_the_put) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        for (int i = 0; i < 50; ++i) {
            const std::string key = "k" + std::to_string(i);
            ASSERT_TRUE(west.put(bucket, key, "v"));
            object::VersionName name{.bucket = BucketName(bucket), .key = key, .version_id = {}};
            ASSERT_TRUE(west.run(
                west.objects->put_object_acl(west.caller, std::move(name), Acl::PublicRead)));
        }
    });

    expect_both_equal();
    EXPECT_EQ(east.versions("put").size(), 50U);
}

TEST_F(WhatTravels, symlinks_as_links) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) {
        object::SymlinkRequest request;
        request.bucket = BucketName(bucket);
        request.key = "link";
        request.target = "somewhere";
        ASSERT_TRUE(west.run(west.objects->put_symlink(west.caller, std::move(request))));
    });

    expect_both_equal();
    EXPECT_EQ(east.versions("put")[0].version.symlink_target, "somewhere");
    EXPECT_EQ(east.versions("put")[0].version.type, ObjectType::Symlink);
}

TEST_F(WhatTravels, deletes_in_unversioned_buckets_only_with_all) {
    make_pairs(Versioning::Unversioned);
    on_both([this](const std::string& bucket) { ASSERT_TRUE(west.put(bucket, "k", "v")); });
    ASSERT_TRUE(settle());
    on_both([this](const std::string& bucket) { ASSERT_TRUE(west.remove(bucket, "k")); });

    expect_equal("all");
    EXPECT_EQ(east.get("all", "k"), std::nullopt);
    EXPECT_EQ(east.get("put", "k"), "v");
}

TEST_F(WhatTravels, a_thousand_deletes) {
    make_pairs(Versioning::Unversioned);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(west.put("all", "k" + std::to_string(i), "v"));
    }
    ASSERT_TRUE(settle());
    ASSERT_EQ(east.versions("all").size(), 1000U);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(west.remove("all", "k" + std::to_string(i)));
    }

    expect_equal("all");
    EXPECT_TRUE(east.versions("all").empty());
}

TEST_F(WhatTravels, markers_with_both_actions) {
    make_pairs(Versioning::Enabled);
    on_both([this](const std::string& bucket) {
        ASSERT_TRUE(west.put(bucket, "k", "v"));
        ASSERT_TRUE(west.remove(bucket, "k"));
    });

    expect_both_equal();
    on_both([this](const std::string& bucket) {
        EXPECT_EQ(east.get(bucket, "k"), std::nullopt);
        ASSERT_EQ(east.versions(bucket).size(), 2U);
        EXPECT_TRUE(east.versions(bucket)[0].version.is_delete_marker);
    });
}

TEST_F(WhatTravels, deletes_of_versions_and_of_markers_only_with_all) {
    make_pairs(Versioning::Enabled);
    std::map<std::string, std::string> ids;
    std::map<std::string, std::string> markers;
    on_both([&](const std::string& bucket) {
        ids[bucket] = west.put(bucket, "k", "first")->version.version_id();
        ASSERT_TRUE(west.put(bucket, "k", "second"));
        ASSERT_TRUE(west.put(bucket, "marked", "v"));
        markers[bucket] = west.remove(bucket, "marked")->version_id;
    });
    ASSERT_TRUE(settle());
    on_both([&](const std::string& bucket) {
        ASSERT_TRUE(west.remove(bucket, "k", ids[bucket]));
        ASSERT_TRUE(west.remove(bucket, "marked", markers[bucket]));
    });

    expect_equal("all");
    EXPECT_EQ(east.get("all", "k", ids["all"]), std::nullopt);
    EXPECT_EQ(east.get("all", "marked"), "v") << "the marker went, the version is seen again";
    EXPECT_EQ(east.get("put", "k", ids["put"]), "first");
    EXPECT_EQ(east.get("put", "marked"), std::nullopt);
    EXPECT_EQ(east.versions("put").size(), 4U);
}

TEST_F(WhatTravels, history_with_all_versions_markers_and_null_versions) {
    for (const char* name : {"all", "put"}) {
        west.make_bucket(name);
        ASSERT_TRUE(west.put(name, "k", "null version"));
        ASSERT_TRUE(west.run(west.buckets->put_bucket_versioning(
            west.caller, BucketName(name), Versioning::Enabled)));
        ASSERT_TRUE(west.put(name, "k", "second"));
        ASSERT_TRUE(west.remove(name, "k"));
        ASSERT_TRUE(west.put(name, "other", "v"));
        // A history with suspended times in it.
        ASSERT_TRUE(west.run(west.buckets->put_bucket_versioning(
            west.caller, BucketName(name), Versioning::Suspended)));
        ASSERT_TRUE(west.put(name, "suspended", "v"));
        ASSERT_TRUE(west.remove(name, "other"));
        ASSERT_TRUE(west.run(west.buckets->put_bucket_versioning(
            west.caller, BucketName(name), Versioning::Enabled)));
        east.make_bucket(name, Versioning::Enabled);
    }
    ReplicationRule rule;
    rule.target_region = "cn-beijing";
    rule.target_bucket = BucketName("all");
    ASSERT_TRUE(west.add_rule("all", rule));
    rule.target_bucket = BucketName("put");
    rule.actions = kReplicatePut;
    ASSERT_TRUE(west.add_rule("put", rule));

    expect_both_equal();
    EXPECT_EQ(east.versions("put").size(), 6U);
    EXPECT_EQ(east.get("put", "k", std::string(kNullVersionId)), "null version");
    EXPECT_EQ(east.get("put", "suspended"), "v");
}

TEST_F(WhatTravels, null_versions_are_removed_with_all) {
    west.make_bucket("all");
    ASSERT_TRUE(west.put("all", "k", "null version"));
    ASSERT_TRUE(west.run(
        west.buckets->put_bucket_versioning(west.caller, BucketName("all"), Versioning::Enabled)));
    ASSERT_TRUE(west.put("all", "k", "second"));
    east.make_bucket("all", Versioning::Enabled);
    ASSERT_TRUE(west.add_rule("all", east, "all"));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(west.remove("all", "k", std::string(kNullVersionId)));

    expect_equal("all");
    EXPECT_EQ(east.versions("all").size(), 1U);
}

TEST_F(WhatTravels, only_what_the_prefixes_name_old_and_new) {
    west.make_bucket("here");
    east.make_bucket("there");
    ASSERT_TRUE(west.put("here", "img/old", "v"));
    ASSERT_TRUE(west.put("here", "doc/old", "v"));
    ReplicationRule rule;
    rule.target_region = "cn-beijing";
    rule.target_bucket = BucketName("there");
    rule.prefixes = {"img/", "video/"};
    ASSERT_TRUE(west.add_rule("here", rule));
    ASSERT_TRUE(west.put("here", "video/new", "v"));
    ASSERT_TRUE(west.put("here", "doc/new", "v"));
    ASSERT_TRUE(settle());

    const auto there = east.versions("there");
    ASSERT_EQ(there.size(), 2U);
    EXPECT_EQ(there[0].version.key, "img/old");
    EXPECT_EQ(there[1].version.key, "video/new");
}

TEST_F(WhatTravels, only_what_has_the_tags_also_when_they_come_later) {
    west.make_bucket("here", Versioning::Enabled);
    east.make_bucket("there", Versioning::Enabled);
    ObjectAttributes tagged;
    tagged.tags = {{"k", "v"}, {"more", "1"}};
    ASSERT_TRUE(west.put("here", "old-tagged", "v", tagged));
    ASSERT_TRUE(west.put("here", "old", "v"));
    ReplicationRule rule;
    rule.target_region = "cn-beijing";
    rule.target_bucket = BucketName("there");
    rule.actions = kReplicatePut;
    rule.tags = {{"k", "v"}};
    ASSERT_TRUE(west.add_rule("here", rule));
    ASSERT_TRUE(west.put("here", "new-tagged", "v", tagged));
    ASSERT_TRUE(west.put("here", "new", "v"));
    ASSERT_TRUE(west.remove("here", "new-tagged"));
    ASSERT_TRUE(west.put("here", "later", "v"));
    ASSERT_TRUE(west.tag("here", "later", {{"k", "v"}}));
    ASSERT_TRUE(settle());

    std::vector<std::string> keys;
    for (const auto& stored : east.versions("there")) {
        keys.push_back(stored.version.key);
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"later", "new-tagged", "old-tagged"}))
        << "a marker has no tags and stays";
}

TEST_F(WhatTravels, changes_of_a_replica_back_to_its_source_and_no_further) {
    west.make_bucket("bucket-a", Versioning::Enabled);
    east.make_bucket("bucket-b", Versioning::Enabled);
    south.make_bucket("bucket-c", Versioning::Enabled);
    ASSERT_TRUE(west.add_rule("bucket-a", east, "bucket-b"));
    ASSERT_TRUE(east.add_rule("bucket-b", west, "bucket-a"));
    ASSERT_TRUE(east.add_rule("bucket-b", south, "bucket-c"));
    ASSERT_TRUE(west.put("bucket-a", "from-a", "v"));
    ASSERT_TRUE(east.put("bucket-b", "from-b", "v"));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(east.tag("bucket-b", "from-a", {{"k", "v"}}));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.describe("bucket-a", "from-a")->attributes.tags, (NamedValues{{"k", "v"}}));
    EXPECT_EQ(west.totals("bucket-a").slots, east.totals("bucket-b").slots);
    ASSERT_EQ(south.versions("bucket-c").size(), 1U)
        << "what came from a is not sent on, changed or not";
    EXPECT_EQ(south.versions("bucket-c")[0].version.key, "from-b");
}

/// There and back into another bucket: the region is the same, the copy is not.
TEST_F(WhatTravels, replicas_not_on_to_another_bucket_of_their_region) {
    west.make_bucket("start", Versioning::Enabled);
    east.make_bucket("middle", Versioning::Enabled);
    west.make_bucket("end", Versioning::Enabled);
    ASSERT_TRUE(west.add_rule("start", east, "middle"));
    ASSERT_TRUE(east.add_rule("middle", west, "end"));
    ASSERT_TRUE(west.put("start", "from-start", "v"));
    ASSERT_TRUE(east.put("middle", "from-middle", "v"));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(east.tag("middle", "from-start", {{"k", "v"}}));
    ASSERT_TRUE(settle());

    ASSERT_EQ(west.versions("end").size(), 1U) << "changed or not";
    EXPECT_EQ(west.versions("end")[0].version.key, "from-middle");
    VerifyRequest request{
        .bucket = "middle", .rule_id = {}, .patience = std::chrono::seconds(10), .repair = true};
    const auto verified = east.run(east.manager->verify(std::move(request)));
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->is_identical) << "what is not to go there is not missing there";
    EXPECT_EQ(west.versions("end").size(), 1U);
}

TEST_F(WhatTravels, to_several_destinations_and_from_several_sources) {
    west.make_bucket("source");
    east.make_bucket("copy");
    east.make_bucket("copy-two");
    south.make_bucket("copy");
    south.make_bucket("source");
    ASSERT_TRUE(west.add_rule("source", east, "copy"));
    ASSERT_TRUE(west.add_rule("source", east, "copy-two"));
    ASSERT_TRUE(west.add_rule("source", south, "copy"));
    ASSERT_TRUE(south.add_rule("source", east, "copy"));
    ASSERT_TRUE(west.put("source", "w", "1"));
    ASSERT_TRUE(south.put("source", "s", "2"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.versions("copy").size(), 2U);
    EXPECT_EQ(east.versions("copy-two").size(), 1U);
    EXPECT_EQ(south.versions("copy").size(), 1U);
}

TEST_F(WhatTravels, nothing_of_the_settings_of_a_bucket) {
    make_pairs(Versioning::Unversioned);
    ASSERT_TRUE(
        west.run(west.buckets->put_bucket_acl(west.caller, BucketName("all"), Acl::PublicRead)));
    ASSERT_TRUE(west.run(
        west.buckets->put_bucket_tags(west.caller, BucketName("all"), NamedValues{{"k", "v"}})));
    ASSERT_TRUE(west.put("all", "k", "v"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.config("all")->acl, Acl::Private);
    EXPECT_TRUE(east.config("all")->tags.empty());
}

TEST_F(WhatTravels, conflicts_are_decided_alike_when_clocks_are_ten_minutes_apart) {
    for (const bool versioned : {false, true}) {
        const std::string bucket = versioned ? "versioned" : "plain";
        const Versioning versioning = versioned ? Versioning::Enabled : Versioning::Unversioned;
        west.make_bucket(bucket, versioning);
        east.make_bucket(bucket, versioning);
        ASSERT_TRUE(west.add_rule(bucket, east, bucket));
        ASSERT_TRUE(east.add_rule(bucket, west, bucket));
    }
    ASSERT_TRUE(settle());
    east.catalog().clock().observe(east.catalog().clock().tick(0) + hlc_from_ms(600'000));
    west.door.is_cut = true;
    east.door.is_cut = true;
    for (const char* bucket : {"plain", "versioned"}) {
        ASSERT_TRUE(east.put(bucket, "k", "of the fast clock"));
        ASSERT_TRUE(west.put(bucket, "k", "of the slow clock"));
        ASSERT_TRUE(east.put(bucket, "gone", "1"));
        ASSERT_TRUE(east.remove(bucket, "gone"));
        ASSERT_TRUE(west.put(bucket, "gone", "2"));
    }
    west.door.is_cut = false;
    east.door.is_cut = false;
    ASSERT_TRUE(settle());

    for (const char* bucket : {"plain", "versioned"}) {
        EXPECT_EQ(west.totals(bucket).slots, east.totals(bucket).slots) << bucket;
        EXPECT_EQ(west.get(bucket, "k"), "of the fast clock");
        EXPECT_EQ(west.get(bucket, "k"), east.get(bucket, "k"));
        EXPECT_EQ(west.get(bucket, "gone"), east.get(bucket, "gone"));
    }
    ASSERT_TRUE(west.put("plain", "k", "after all"));
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("plain", "k"), "after all") << "who has seen a value writes after it";
}

}  // namespace
}  // namespace antipode::replication::sites

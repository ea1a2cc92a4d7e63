#include <gmock/gmock.h>

#include "codec/uri.h"
#include "replication/rebuild_harness.h"

// Bytes that no zone of a region can give back come from another region that has the same version.
namespace antipode::replication::sites {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// All that anybody can see of a bucket, and where its log stands.
struct Sight {
    std::vector<ObjectVersion> versions;
    catalog::Totals totals;

    explicit Sight(Site& site, const std::string& bucket) : totals(site.totals(bucket)) {
        for (const auto& stored : site.versions(bucket)) {
            versions.push_back(stored.version);
        }
    }
};

void expect_same(const Sight& before, const Sight& after) {
    EXPECT_EQ(before.versions, after.versions);
    EXPECT_EQ(before.totals.slots, after.totals.slots);
    EXPECT_EQ(before.totals.usage, after.totals.usage);
}

std::size_t changes_of(Site& site, const std::string& bucket) {
    return site.run(site.partition(bucket)->read_changes(0, 10'000)).value().size();
}

bool is_about(const http::Request& request, std::string_view what) {
    const auto target = codec::parse_target(request.target);
    return target && target->path == std::string(kPeerPrefix) + std::string(what);
}

TEST_F(Rebuild, gets_bytes_back_from_the_destination_and_changes_nothing_else) {
    make_pair();
    const std::string content = noise(300'000);
    ASSERT_TRUE(west.put("here", "lost", content));
    ASSERT_TRUE(west.put("here", "other", noise(50'000, 2)));
    ASSERT_TRUE(settle());
    const Sight before(west, "here");
    const std::size_t changes = changes_of(west, "here");
    const std::size_t blobs = west.blobs().count();

    EXPECT_EQ(lose(west, of_key("lost")), 1U);
    EXPECT_EQ(west.get("here", "lost"), std::nullopt);
    ASSERT_TRUE(is_mended(west));

    EXPECT_EQ(west.get("here", "lost"), content);
    expect_same(before, Sight(west, "here"));
    EXPECT_EQ(changes_of(west, "here"), changes) << "no change travels";
    EXPECT_EQ(west.blobs().count(), blobs) << "what was lost is given back, and nothing else kept";
    EXPECT_TRUE(west.is_idle());
    EXPECT_EQ(west.totals("here").slots, east.totals("there").slots);
    EXPECT_THAT(west_mending->news,
                ElementsAre(Pair(LostBodyNews::Lost, "lost "),
                            Pair(LostBodyNews::Rebuilt, "lost cn-beijing")));
    EXPECT_EQ(west_mending->lost.rebuilt(), 1U);
}

TEST_F(Rebuild, gets_bytes_back_from_the_source) {
    make_pair();
    ASSERT_TRUE(west.put("here", "small", noise(20'000)));
    ASSERT_TRUE(west.put("here", "large", noise(9'000'000, 2)));
    ASSERT_TRUE(settle());
    const Sight before(east, "there");

    EXPECT_EQ(lose(east), 4U) << "the large one came in three chunks";
    ASSERT_TRUE(is_mended(east));

    EXPECT_EQ(east.get("there", "small"), noise(20'000));
    EXPECT_EQ(east.get("there", "large"), noise(9'000'000, 2));
    expect_same(before, Sight(east, "there"));
}

TEST_F(Rebuild, mends_single_parts_of_an_upload_that_was_completed) {
    make_pair();
    object::CreateUploadRequest create{.bucket = BucketName("here"), .key = "big"};
    const auto upload = west.run(west.objects->create_upload(west.caller, std::move(create)));
    const object::UploadName name{
        .bucket = BucketName("here"), .key = "big", .upload_id = upload->upload_id};
    std::string content;
    for (std::uint32_t number = 1; number <= 3; ++number) {
        object::UploadPartRequest part{.upload = name, .number = number};
        const std::string bytes = noise(1'500'000 + number, number);
        content += bytes;
        part.body = std::make_unique<runtime::MemorySource>(to_bytes(bytes));
        ASSERT_TRUE(west.run(west.objects->upload_part(west.caller, std::move(part))));
    }
    EXPECT_EQ(lose(west, [](const catalog::BodyPlace& place) { return place.part == 3; }), 1U);
    EXPECT_THAT(reason(west), HasSubstr("an upload that has not been completed"));
    EXPECT_EQ(west_mending->lost.list().at(0).place.key, "big");
    // The client sends it again.
    object::UploadPartRequest again{.upload = name, .number = 3};
    again.body = std::make_unique<runtime::MemorySource>(to_bytes(noise(1'500'003, 3)));
    ASSERT_TRUE(west.run(west.objects->upload_part(west.caller, std::move(again))));
    ASSERT_TRUE(is_mended(west));

    object::CompleteUploadRequest complete{.upload = name};
    complete.all_parts = true;
    ASSERT_TRUE(west.run(west.objects->complete_upload(west.caller, std::move(complete))));
    ASSERT_TRUE(settle());
    const Sight before(west, "here");
    EXPECT_EQ(lose(west, [](const catalog::BodyPlace& place) { return place.part == 2; }), 1U);
    const LostBody lost = west_mending->lost.list().at(0);
    EXPECT_EQ(lost.offset, 1'500'001U);
    EXPECT_EQ(lost.bytes, 1'500'002U);
    ASSERT_TRUE(is_mended(west));

    EXPECT_EQ(west.get("here", "big"), content);
    expect_same(before, Sight(west, "here"));
    EXPECT_THAT(west_mending->news.back(), Pair(LostBodyNews::Rebuilt, "big cn-beijing"));
}

TEST_F(Rebuild, mends_what_appends_have_made_which_has_no_digest_of_its_own) {
    make_pair();
    std::string content;
    for (int i = 0; i < 40; ++i) {
        const std::string piece = noise(20'000, static_cast<std::uint64_t>(i));
        object::AppendRequest request;
        request.bucket = BucketName("here");
        request.key = "log";
        request.position = content.size();
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(piece));
        ASSERT_TRUE(west.run(west.objects->append_object(west.caller, std::move(request))));
        content += piece;
    }
    ASSERT_TRUE(settle());
    const Sight before(west, "here");

    EXPECT_EQ(lose(west), 40U);
    EXPECT_EQ(west_mending->lost.count(), 2U) << "of the row itself, and of those behind it";
    ASSERT_TRUE(is_mended(west));

    EXPECT_EQ(west.get("here", "log"), content);
    expect_same(before, Sight(west, "here"));
    object::AppendRequest more;
    more.bucket = BucketName("here");
    more.key = "log";
    more.position = content.size();
    more.body = std::make_unique<runtime::MemorySource>(to_bytes("end"));
    EXPECT_TRUE(west.run(west.objects->append_object(west.caller, std::move(more))));
    EXPECT_EQ(west.get("here", "log"), content + "end");
}

TEST_F(Rebuild, mends_versions_that_are_not_the_latest) {
    make_pair(Versioning::Enabled);
    const std::string first = noise(30'000, 1);
    const auto written = west.put("here", "key", first);
    ASSERT_TRUE(written);
    ASSERT_TRUE(west.put("here", "key", noise(30'000, 2)));
    ASSERT_TRUE(west.remove("here", "key"));
    ASSERT_TRUE(settle());
    const Sight before(west, "here");

    EXPECT_EQ(lose(west), 2U);
    // It moves while it is lost.
    ASSERT_TRUE(west.remove("here", "key", before.versions.at(0).version_id()));
    ASSERT_TRUE(is_mended(west));

    EXPECT_EQ(west.get("here", "key", written->version.version_id()), first);
    EXPECT_EQ(west.get("here", "key"), noise(30'000, 2));
}

TEST_F(Rebuild, seals_again_what_is_encrypted_here) {
    make_pair();
    const Encryption managed{.kind = EncryptionKind::Aes256, .kms_key = {}};
    ASSERT_TRUE(west.put("here", "secret", noise(40'000), {}, managed));
    ASSERT_TRUE(west.put("here", "large", noise(5'000'000, 2), {}, managed));
    ASSERT_TRUE(settle());
    EXPECT_EQ(lose(west, of_key("secret")), 1U);
    EXPECT_EQ(lose(east, is_part), 2U);
    ASSERT_TRUE(is_mended(west));
    ASSERT_TRUE(is_mended(east));

    EXPECT_EQ(west.get("here", "secret"), noise(40'000));
    EXPECT_EQ(east.get("there", "large"), noise(5'000'000, 2));
    for (const auto& stored : west.versions("here")) {
        for (const catalog::Piece& piece : stored.body.pieces) {
            EXPECT_FALSE(piece.envelope.empty()) << stored.version.key;
        }
    }
}

TEST_F(Rebuild, takes_no_other_version) {
    make_pair();
    ASSERT_TRUE(west.put("here", "key", noise(30'000)));
    ASSERT_TRUE(settle());
    // What a client does at the destination does not come back.
    ASSERT_TRUE(east.put("there", "key", noise(30'000, 2)));

    EXPECT_EQ(lose(west), 1U);

    EXPECT_EQ(reason(west), "cn-beijing: the peer answered 409: the version is not here");
    EXPECT_EQ(west.get("here", "key"), std::nullopt);
    // When it is written again there is nothing left to be mended.
    ASSERT_TRUE(west.put("here", "key", noise(100)));
    ASSERT_TRUE(is_mended(west));
    EXPECT_THAT(west_mending->news.back(), Pair(LostBodyNews::Gone, "key "));
}

TEST_F(Rebuild, takes_no_other_bytes) {
    make_pair();
    ASSERT_TRUE(west.put("here", "key", noise(30'000)));
    ASSERT_TRUE(settle());
    bool lies = true;
    east.door.answered = [&lies](const http::Request& request, http::Response& response) {
        if (lies && is_about(request, "body")) {
            response.text[20'000] ^= 1;
        }
    };
    const auto before = west.versions("here");
    EXPECT_EQ(lose(west), 1U);

    EXPECT_THAT(reason(west), HasSubstr("cn-beijing: "));
    EXPECT_EQ(west.versions("here").at(0).body, before.at(0).body) << "nothing is named instead";
    EXPECT_EQ(west.blobs().count(), 1U) << "nothing is kept";
    EXPECT_EQ(west_mending->lost.count(), 1U);

    lies = false;
    ASSERT_TRUE(is_mended(west)) << "it is tried again";
    EXPECT_EQ(west.get("here", "key"), noise(30'000));
}

TEST_F(Rebuild, needs_a_rule_that_binds_the_bucket) {
    west.make_bucket("here");
    ASSERT_TRUE(west.put("here", "key", noise(30'000)));

    EXPECT_EQ(lose(west), 1U);

    EXPECT_EQ(reason(west), "no rule binds the bucket to another region");
    EXPECT_EQ(west_mending->lost.list().at(0).place.key, "key");
}

TEST_F(Rebuild, waits_for_a_region_that_is_away) {
    make_pair();
    ASSERT_TRUE(west.put("here", "key", noise(30'000)));
    ASSERT_TRUE(settle());
    east.door.is_cut = true;
    EXPECT_EQ(lose(west), 1U);
    EXPECT_THAT(reason(west), HasSubstr("cn-beijing: it does not answer"));
    const std::int64_t since_ms = west_mending->lost.list().at(0).since_ms;

    // Over a restart, too.
    west_mending.reset();
    west.close();
    west.open(all());
    west_mending.emplace(west, secret);
    ASSERT_EQ(west_mending->lost.count(), 1U);
    EXPECT_EQ(west_mending->lost.list().at(0).since_ms, since_ms);
    EXPECT_EQ(west_mending->lost.list().at(0).bytes, 30'000U);
    reason(west);

    east.door.is_cut = false;
    ASSERT_TRUE(is_mended(west));
    EXPECT_EQ(west.get("here", "key"), noise(30'000));
}

TEST_F(Rebuild, asks_nothing_of_a_region_of_an_older_version) {
    int asked = 0;
    east.door.answered = [&asked](const http::Request& request, http::Response& response) {
        asked += is_about(request, "body") ? 1 : 0;
        if (is_about(request, "abilities")) {
            response = {};
            response.status = 409;
            const auto code = static_cast<unsigned>(ErrorCode::NoSuchBucket);
            response.headers.set("x-antipode-error", std::to_string(code));
        }
    };
    make_pair();
    ASSERT_TRUE(west.put("here", "key", noise(30'000)));
    ASSERT_TRUE(settle());
    EXPECT_EQ(lose(west), 1U);

    EXPECT_EQ(reason(west), "cn-beijing: it is of a version that gives no bytes back");
    EXPECT_EQ(asked, 0);
}

TEST_F(Rebuild, says_so_when_both_have_lost_the_same_bytes) {
    make_pair();
    ASSERT_TRUE(west.put("here", "key", noise(30'000)));
    ASSERT_TRUE(settle());
    damage(east);
    EXPECT_EQ(lose(west), 1U);

    EXPECT_THAT(reason(west), HasSubstr("too few good shards are left"));
}

TEST_F(Rebuild, forgets_what_is_gone_and_what_a_later_scrub_finds_whole) {
    make_pair();
    ASSERT_TRUE(west.put("here", "removed", noise(30'000)));
    ASSERT_TRUE(west.put("here", "whole", noise(30'000, 2)));
    ASSERT_TRUE(settle());
    east.door.is_cut = true;
    EXPECT_EQ(lose(west), 2U);
    ASSERT_TRUE(west.wait_until([this] {
        return std::ranges::all_of(west_mending->lost.list(),
                                   [](const LostBody& body) { return body.tries > 0; });
    }));
    ASSERT_TRUE(west.remove("here", "removed"));
    ASSERT_TRUE(west.wait_until([this] { return west_mending->lost.count() == 1; }));
    EXPECT_THAT(west_mending->news.back(), Pair(LostBodyNews::Gone, "removed "));

    const LostBody left = west_mending->lost.list().at(0);
    west.run(scrubbed(&west_mending->lost, left.found_ms));
    EXPECT_EQ(west_mending->lost.count(), 1U) << "that scrub found it";
    west.run(scrubbed(&west_mending->lost, left.found_ms + 1));
    EXPECT_EQ(west_mending->lost.count(), 0U);
    EXPECT_THAT(west_mending->news.back(), Pair(LostBodyNews::Whole, "whole "));
}

/// The door of the region that is asked.
class AskedForBytes : public Rebuild {
  protected:
    void SetUp() override {
        Rebuild::SetUp();
        make_pair();
        ASSERT_TRUE(west.put("here", "key", noise(30'000)));
        ASSERT_TRUE(settle());
        const ObjectVersion version = *west.describe("here", "key");
        request.own_bucket = "here";
        request.bucket = "there";
        request.key = version.key;
        request.order = version.order;
        request.is_null = version.is_null;
        request.size_bytes = version.size_bytes;
        request.crc64 = version.crc64;
        request.etag = version.etag;
        request.range = {.offset = 1000, .size = 500};
    }

    /// As a region of that name.
    Result<std::string> ask(BodyRequest what, const std::string& as = "cn-hangzhou") {
        const PeerAddress address{
            .region = east.name(), .address = {}, .tls = false, .local = &east.door};
        PeerClient client(address, as, secret, west.host().network(0));
        return west.run(client.fetch_body(std::move(what)));
    }

    BodyRequest request;
};

TEST_F(AskedForBytes, gives_them_to_the_region_that_a_rule_binds_the_bucket_to) {
    EXPECT_EQ(ask(request), noise(30'000).substr(1000, 500));
}

TEST_F(AskedForBytes, refuses_everybody_else) {
    EXPECT_EQ(ask(request, "cn-shenzhen").error().code, ErrorCode::AccessDenied);
    BodyRequest other = request;
    other.own_bucket = "elsewhere";
    EXPECT_EQ(ask(other).error().code, ErrorCode::AccessDenied);
    east.make_bucket("private");
    other = request;
    other.bucket = "private";
    EXPECT_EQ(ask(other).error().code, ErrorCode::AccessDenied);
    ASSERT_TRUE(west.remove_rule("here", west.config("here")->rules.at(0).id));
    ASSERT_TRUE(west.wait_until([this] { return west.config("here")->rules.empty(); }));
    ASSERT_TRUE(west.wait_until([this] { return !ask(request); }));
    EXPECT_EQ(ask(request).error().code, ErrorCode::AccessDenied) << "the rule is over";
}

TEST_F(AskedForBytes, refuses_what_is_not_the_very_same_version) {
    BodyRequest other = request;
    other.key = "another";
    EXPECT_EQ(ask(other).error().code, ErrorCode::NotFound);
    other = request;
    other.order.hlc += 1;
    EXPECT_EQ(ask(other).error().code, ErrorCode::NotFound);
    other = request;
    other.crc64 += 1;
    EXPECT_EQ(ask(other).error().code, ErrorCode::Conflict);
    other = request;
    other.etag = "0";
    EXPECT_EQ(ask(other).error().code, ErrorCode::Conflict);
    other = request;
    other.range = {.offset = 29'999, .size = 2};
    EXPECT_EQ(ask(other).error().code, ErrorCode::InvalidRange);
    other.range = {.offset = 0, .size = kChunkBytes + 1};
    EXPECT_EQ(ask(other).error().code, ErrorCode::InvalidRange);
}

}  // namespace
}  // namespace antipode::replication::sites

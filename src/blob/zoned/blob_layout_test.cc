#include "blob/zoned/blob_layout.h"

#include <random>

#include <gtest/gtest.h>

#include "blob/zoned/block.h"

namespace antipode::blob {
namespace {

BlobLayout make_layout(std::uint64_t size, std::vector<std::uint8_t> missing) {
    BlobLayout layout{.id = 0x0102030405060708, .size = size, .stripes = {}};
    std::uint32_t page = 100;
    std::uint32_t extra_page = 9000;
    for (std::size_t i = 0; i < missing.size(); ++i) {
        const std::uint32_t pages = layout.shape(i).zone_pages();
        StripePlace& place = layout.stripes.emplace_back();
        place.main = {7, page, pages};
        place.missing = missing[i];
        page += pages;
        if (missing[i] != kNoZone) {
            place.extra = {8, extra_page, pages};
            extra_page += pages;
        }
    }
    return layout;
}

void expect_same(const BlobLayout& left, const BlobLayout& right) {
    EXPECT_EQ(left.id, right.id);
    EXPECT_EQ(left.size, right.size);
    ASSERT_EQ(left.stripes.size(), right.stripes.size());
    for (std::size_t i = 0; i < left.stripes.size(); ++i) {
        EXPECT_EQ(left.stripes[i].main, right.stripes[i].main) << i;
        EXPECT_EQ(left.stripes[i].extra, right.stripes[i].extra) << i;
        EXPECT_EQ(left.stripes[i].missing, right.stripes[i].missing) << i;
    }
}

TEST(BlobRef, says_where_every_stripe_is) {
    for (const auto& missing : std::vector<std::vector<std::uint8_t>>{
             {3}, {3, 3, 3}, {3, 1, 1}, {0, 1, 2}, {2, 2, 3}, {0, 3, 0}}) {
        const BlobLayout layout =
            make_layout(((missing.size() - 1) * kStripeBytes) + 12345, missing);

        const auto decoded = decode_ref(encode_ref(layout));

        ASSERT_TRUE(decoded);
        expect_same(*decoded, layout);
    }
}

// A ref stored by version 1 of the format must be read for ever.
TEST(BlobRef, reads_a_stored_sample_of_version_1) {
    const BlobLayout layout = make_layout((2 * kStripeBytes) + 5, {3, 1, 1});
    const std::string sample(
        "\x01\x08\x07\x06\x05\x04\x03\x02\x01\x85\x80\x80\x01"  // Version, id, size.
        "\x01\x1f\x64"                   // One stripe, segment 7, all zones, page 100.
        "\x02\x1d\xe6\x01\x08\xa8\x46",  // Two without zone 1, page 230, extra 8, 9000.
        23);

    EXPECT_EQ(encode_ref(layout).encoded(), sample);
    const auto decoded = decode_ref(BlobRef(sample));
    ASSERT_TRUE(decoded);
    expect_same(*decoded, layout);
}

TEST(BlobRef, refuses_damage_without_falling_over) {
    const std::string good =
        encode_ref(make_layout((40 * kStripeBytes) + 5, std::vector<std::uint8_t>(41, 2)))
            .encoded();
    std::mt19937 random(1);
    for (std::size_t cut = 0; cut < good.size(); ++cut) {
        EXPECT_EQ(decode_ref(BlobRef(good.substr(0, cut))).error().code, ErrorCode::Corrupt) << cut;
    }
    EXPECT_EQ(decode_ref(BlobRef(good + "x")).error().code, ErrorCode::Corrupt);
    for (int i = 0; i < 2000; ++i) {
        std::string bad = good;
        bad[random() % bad.size()] = static_cast<char>(random());
        const auto decoded = decode_ref(BlobRef(bad));
        EXPECT_TRUE(decoded || decoded.error().code == ErrorCode::Corrupt);
    }
}

TEST(BlobLayout, names_its_pages_once_and_in_few_ranges) {
    const BlobLayout layout = make_layout(2 * kStripeBytes, {3, 0});

    EXPECT_EQ(layout.ranges(), (std::vector<PageRange>{{7, 100, 260}, {8, 9000, 130}}));
    EXPECT_TRUE(layout.is_degraded());
}

TEST(ShardShape, matches_the_format) {
    EXPECT_EQ(ShardShape(1).payload(), 64U);
    EXPECT_EQ(ShardShape(1).disk_bytes(), 4096U);
    EXPECT_EQ(ShardShape(65'536).payload(), 16'384U);
    EXPECT_EQ(ShardShape(65'536).disk_bytes(), 20'480U);
    EXPECT_EQ(ShardShape(kStripeBytes).payload(), 262'144U);
    EXPECT_EQ(ShardShape(kStripeBytes).blocks(), 5U);
    EXPECT_EQ(ShardShape(kStripeBytes).disk_bytes(), 266'240U);
    EXPECT_EQ(ShardShape(4 * kPayloadBytesMax).blocks(), 1U);
    EXPECT_EQ(ShardShape((4 * kPayloadBytesMax) + 1).blocks(), 2U);
    EXPECT_EQ(kStripePagesMax, 130U);
}

TEST(ShardShape, puts_each_group_into_a_zone_of_its_own) {
    for (std::uint64_t id = 0; id < 3; ++id) {
        for (std::uint64_t stripe = 0; stripe < 3; ++stripe) {
            std::array<int, kZones> groups{};
            for (std::size_t group = 0; group < 3; ++group) {
                const std::size_t zone = zone_of_group(id, stripe, group);
                ++groups[zone];
                EXPECT_EQ(group_of_zone(id, stripe, zone), group);
            }
            EXPECT_EQ(groups, (std::array<int, kZones>{1, 1, 1}));
        }
    }
}

class BlockTest : public testing::Test {
  protected:
    BlockTest() : block_(8192) {
        for (std::size_t i = 0; i < block_.size(); ++i) {
            block_[i] = static_cast<std::byte>(i * 7);
        }
        seal_block(block_, identity_, 5000);
    }

    const BlockIdentity identity_{.blob_id = 9, .stripe = 2, .shard = 5, .block = 1};
    Bytes block_;
};

TEST_F(BlockTest, knows_itself) {
    EXPECT_EQ(check_block(block_, identity_, 5000), BlockVerdict::Good);
}

TEST_F(BlockTest, notices_every_flipped_bit_of_header_and_payload) {
    for (std::size_t i = 0; i < kHeaderBytes + 5000; ++i) {
        block_[i] ^= std::byte{0x10};
        EXPECT_NE(check_block(block_, identity_, 5000), BlockVerdict::Good) << i;
        block_[i] ^= std::byte{0x10};
    }
}

TEST_F(BlockTest, tells_another_block_from_a_broken_one) {
    for (const BlockIdentity& other :
         std::vector<BlockIdentity>{{8, 2, 5, 1}, {9, 3, 5, 1}, {9, 2, 4, 1}, {9, 2, 5, 0}}) {
        EXPECT_EQ(check_block(block_, other, 5000), BlockVerdict::Other);
    }
    EXPECT_EQ(check_block(block_, identity_, 4999), BlockVerdict::Other);
    EXPECT_EQ(check_block(Bytes(8192), identity_, 5000), BlockVerdict::Bad);
    EXPECT_EQ(check_block(Bytes(10), identity_, 5000), BlockVerdict::Bad);
}

TEST_F(BlockTest, carries_nothing_behind_its_payload) {
    for (std::size_t i = kHeaderBytes + 5000; i < block_.size(); ++i) {
        EXPECT_EQ(block_[i], std::byte{0});
    }
}

// The header's first bytes as version 1 stores them.
TEST_F(BlockTest, keeps_the_format_of_version_1) {
    const std::string_view header = as_text(ByteView(block_).first(28));

    EXPECT_EQ(header.substr(4),
              std::string_view("APKB\x09\0\0\0\0\0\0\0\x02\0\0\0\x05\x01\x01\0\x88\x13\0\0", 24));
}

}  // namespace
}  // namespace antipode::blob

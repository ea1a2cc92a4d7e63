#include "blob/zoned/zone_disks.h"

#include "blob/zoned/store_fixture.h"

namespace antipode::blob {
namespace {

using zone::ZoneState;

struct ZoneDisksTest : StoreFixture {
    void SetUp() override {
        StoreFixture::SetUp();
        options_.disks.free_bytes_min = 1;
        disks.emplace(*zones_, faults_, options_.disks);
        for (std::size_t zone = 0; zone < kZones; ++zone) {
            auto opened = disks->opener(zone)();
            ASSERT_TRUE(opened) << opened.error().message;
            disks->adopt(zone, std::move(*opened));
        }
    }

    std::optional<ZoneDisks> disks;
};

TEST_F(ZoneDisksTest, put_a_full_zone_out_after_two_looks_at_it) {
    faults_.set(zone_path(1) + "/blobs", {.no_space = true});

    EXPECT_TRUE(eventually([&] {
        disks->probe();
        return outages_.of(1) > 0;
    }));
}

TEST_F(ZoneDisksTest, put_no_zone_out_as_full_while_a_look_at_it_is_not_answered) {
    faults_.set(zone_path(1) + "/blobs", {.hang = true});

    disks->note_full(1);
    for (int i = 0; i < 5; ++i) {
        disks->probe();
    }

    EXPECT_EQ(zones_->state(1), ZoneState::Ok);
    EXPECT_EQ(outages_.of(1), 0);
}

}  // namespace
}  // namespace antipode::blob

#include "admin/lost_body_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/sim_executor.h"

namespace antipode::admin {
namespace {

using testing::HasSubstr;

class LostBodyEvents : public testing::Test {
  protected:
    LostBodyEvents() {
        body.place.bucket = "bucket";
        body.place.key = "a/key";
        body.place.order = {.hlc = hlc_from_ms(1'700'000'000'000), .origin = "cn-hangzhou"};
        body.offset = 10;
        body.bytes = 20;
    }

    /// Asks on the executor, as in life.
    Event told(replication::LostBodyNews news, const std::string& detail = {}) {
        executor.post([&] { lost_body_events(events)(body, news, detail); });
        executor.run_ready();
        return events.after(0).back();
    }

    runtime::SimExecutor executor{1};
    EventLog events;
    replication::LostBody body;
};

TEST_F(LostBodyEvents, name_the_object_and_what_became_of_it) {
    const Event lost = told(replication::LostBodyNews::Lost);
    EXPECT_EQ(lost.subject, "bucket/a/key");
    EXPECT_EQ(lost.kind, "object.lost");
    EXPECT_THAT(
        lost.text,
        HasSubstr("version " + to_version_id(body.place.order) + ": 20 bytes at offset 10"));
    const Event rebuilt = told(replication::LostBodyNews::Rebuilt, "cn-beijing");
    EXPECT_EQ(rebuilt.kind, "object.rebuilt");
    EXPECT_THAT(rebuilt.text, HasSubstr("from the region 'cn-beijing'"));
    EXPECT_EQ(told(replication::LostBodyNews::Whole).kind, "object.whole");
    EXPECT_EQ(told(replication::LostBodyNews::Gone).kind, "object.gone");
}

TEST_F(LostBodyEvents, are_listed_with_part_only_where_there_is_one) {
    EXPECT_FALSE(describe(body).as_object().contains("part"));
    EXPECT_EQ(describe(body).at("version_id"), to_version_id(body.place.order).c_str());
    body.place.is_null = true;
    EXPECT_EQ(describe(body).at("version_id"), "null");
    body.place.manifest_id = "m";
    body.place.part = 7;
    EXPECT_EQ(describe(body).at("part"), 7);
    body.place.order = {};
    EXPECT_EQ(describe(body).at("version_id"), "") << "of an upload that was not completed";
    EXPECT_THAT(told(replication::LostBodyNews::Lost).text,
                HasSubstr("an unfinished upload, part 7"));
}

}  // namespace
}  // namespace antipode::admin

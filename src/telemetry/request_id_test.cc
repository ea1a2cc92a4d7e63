#include "telemetry/request_id.h"

#include <gtest/gtest.h>

namespace antipode::telemetry {
namespace {

TEST(RequestId, is_the_second_and_chance_in_24_hexadecimal_digits) {
    const runtime::WallTime time(std::chrono::milliseconds(0x5C3D9175'000LL / 0x1000 * 1000 + 999));

    EXPECT_EQ(make_request_id(time, 0x0123456789ABCDEFULL), "5C3D91750123456789ABCDEF");
    EXPECT_EQ(make_request_id(runtime::WallTime{}, 0), std::string(24, '0'));
}

}  // namespace
}  // namespace antipode::telemetry

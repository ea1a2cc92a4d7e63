#include "base/crc32c.h"

#include <gtest/gtest.h>

namespace antipode {

TEST(Crc32c, has_the_check_value_of_the_standard) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
}

TEST(Crc32c, continues_from_a_seed) {
    EXPECT_EQ(crc32c(as_bytes("6789"), crc32c(as_bytes("12345"))), 0xE3069283U);
}

}  // namespace antipode

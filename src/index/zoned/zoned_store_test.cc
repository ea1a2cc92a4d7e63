#include "index/zoned/zoned_store.h"

#include <gtest/gtest.h>

#include "index/conformance.h"
#include "index/zoned/zoned_harness.h"

namespace antipode::index {
namespace conformance {

INSTANTIATE_TYPED_TEST_SUITE_P(ZonedStore, IndexConformance, testing::ZonedHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(ZonedStore, DurableIndexConformance, testing::ZonedHarness);

}  // namespace conformance
}  // namespace antipode::index

#include "index/zoned/zoned_store.h"

#include <gtest/gtest.h>

#include "index/conformance.h"
#include "index/zoned/memory_table.h"
#include "index/zoned/zoned_harness.h"

namespace antipode::index {
namespace testing {

/// With the tables of the simulator.
class MemoryTablesHarness : public ZonedHarness {
  public:
    MemoryTablesHarness() : ZonedHarness(over_memory_tables()) {}

  private:
    static ZonedStoreOptions over_memory_tables() {
        ZonedStoreOptions options = small();
        options.tables = make_memory_tables();
        return options;
    }
};

}  // namespace testing

namespace conformance {

INSTANTIATE_TYPED_TEST_SUITE_P(ZonedStore, IndexConformance, testing::ZonedHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(ZonedStore, DurableIndexConformance, testing::ZonedHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryTables, IndexConformance, testing::MemoryTablesHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryTables, DurableIndexConformance, testing::MemoryTablesHarness);

}  // namespace conformance
}  // namespace antipode::index

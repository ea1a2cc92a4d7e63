#include "index/memory_store.h"

#include "index/conformance.h"
#include "runtime/sim_executor.h"

namespace antipode::index {
namespace {

struct MemoryHarness {
    IndexStore& store() { return memory; }

    void run(std::vector<Task<void>> tasks) {
        for (Task<void>& task : tasks) {
            group.spawn(executor, std::move(task));
        }
        executor.run();
        ASSERT_EQ(group.running(), 0U);
    }

    runtime::SimExecutor executor{11};
    runtime::TaskGroup group;
    MemoryStore memory;
};

}  // namespace

namespace conformance {
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryStore, IndexConformance, MemoryHarness);
}  // namespace conformance

}  // namespace antipode::index

#include "blob/memory_blob_store.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace antipode::blob {
namespace {

using runtime::MemorySource;
using runtime::SimExecutor;

template <typename T>
T run(Task<T> task) {
    SimExecutor executor(1);
    return runtime::run_to_end(executor, std::move(task));
}

BlobRef write_text(MemoryBlobStore& store, std::string_view text) {
    MemorySource body(to_bytes(text));
    return run(store.write(body, {}))->ref;
}

TEST(MemoryBlobStore, gives_back_a_range_of_what_was_written) {
    MemoryBlobStore store;
    const BlobRef ref = write_text(store, "hello world");

    const auto source = store.open(ref, {.offset = 6, .size = 5});

    ASSERT_TRUE(source);
    EXPECT_EQ(run(runtime::read_text(source->get(), kMiB)).value(), "world");
}

TEST(MemoryBlobStore, refuses_a_range_beyond_the_end) {
    MemoryBlobStore store;
    const BlobRef ref = write_text(store, "hello");

    EXPECT_EQ(store.open(ref, {.offset = 3, .size = 3}).error().code, ErrorCode::InvalidRange);
}

TEST(MemoryBlobStore, forgets_a_removed_blob_but_not_under_a_reader) {
    MemoryBlobStore store;
    const BlobRef ref = write_text(store, "hello");
    const auto source = store.open(ref, {.offset = 0, .size = 5});

    store.remove(ref);

    EXPECT_EQ(store.count(), 0U);
    EXPECT_EQ(store.open(ref, {.offset = 0, .size = 5}).error().code, ErrorCode::NotFound);
    EXPECT_EQ(run(runtime::read_text(source->get(), kMiB)).value(), "hello");
}

TEST(MemoryBlobStore, keeps_nothing_when_told_to_fail) {
    MemoryBlobStore store;
    store.fail_writes(Error{ErrorCode::Unavailable, "two zones are out"});
    MemorySource body(to_bytes("hello"));

    EXPECT_EQ(run(store.write(body, {})).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(store.count(), 0U);
}

}  // namespace
}  // namespace antipode::blob

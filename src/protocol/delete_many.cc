#include "protocol/delete_many.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "model/bucket.h"
#include "runtime/task_group.h"

namespace antipode::protocol {

namespace {

/// Enough to share commits, few enough to stay fair to others.
constexpr std::size_t kInFlightMax = 32;

/// Lives in the frame of delete_many, which waits for all workers; they run on its executor.
struct Run {
    object::ObjectService& objects;
    const object::Caller& caller;
    std::vector<object::DeleteObjectRequest> requests;
    std::vector<Result<object::Deleted>> results;
    std::size_t next = 0;
};

Task<Result<object::Deleted>> delete_one(Run* run, object::DeleteObjectRequest request) {
    CO_TRY_VOID(check_object_key(request.key, false));
    co_return co_await run->objects.delete_object(run->caller, std::move(request));
}

/// Takes the next one until none is left.
Task<void> work(Run* run) {
    while (run->next < run->requests.size()) {
        const std::size_t index = run->next++;
        run->results[index] = co_await delete_one(run, std::move(run->requests[index]));
    }
}

}  // namespace

Task<std::vector<Result<object::Deleted>>> delete_many(
    object::ObjectService& objects,
    const object::Caller& caller,
    std::vector<object::DeleteObjectRequest> requests) {
    const std::size_t count = requests.size();
    Run run{.objects = objects,
            .caller = caller,
            .requests = std::move(requests),
            .results = std::vector<Result<object::Deleted>>(count),
            .next = 0};
    runtime::TaskGroup workers;
    for (std::size_t i = 0; i < std::min(count, kInFlightMax); ++i) {
        workers.spawn(work(&run));
    }
    co_await workers.join();
    co_return std::move(run.results);
}

}  // namespace antipode::protocol

#pragma once

#include "base/result.h"
#include "runtime/one_shot.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// Waits for `shot` (of a Result) at most `patience`; after that the result is Timeout and a later
/// set() is ignored.
template <typename T>
Task<Result<T>> wait_for(OneShot<Result<T>> shot, Duration patience) {
    Executor& executor = Executor::current();
    const Executor::TimerId timer = executor.post_after(
        patience, [shot] { shot.set(Result<T>(fail(ErrorCode::Timeout, "no answer in time"))); });
    Result<T> result = co_await shot.wait();
    executor.cancel(timer);
    co_return result;
}

}  // namespace antipode::runtime

#include "runtime/executor.h"

#include "base/check.h"

namespace antipode::runtime {

namespace {
thread_local Executor* current_executor = nullptr;
}  // namespace

Executor& Executor::current() {
    CHECK(current_executor != nullptr);
    return *current_executor;
}

Executor* Executor::current_or_null() { return current_executor; }

Executor::Scope::Scope(Executor& executor) : previous_(current_executor) { current_executor = &executor; }

Executor::Scope::~Scope() { current_executor = previous_; }

}  // namespace antipode::runtime

#include "runtime/executor.h"

#include <random>

#include "base/check.h"

namespace antipode::runtime {

namespace {

thread_local Executor* current_executor = nullptr;

/// splitmix64 from a seed of the system's, one for each thread.
std::uint64_t thread_random() {
    thread_local std::uint64_t state = [] {
        std::random_device device;
        return (std::uint64_t{device()} << 32U) | device();
    }();
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t value = state;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

}  // namespace

std::uint64_t Executor::random() {
    return thread_random();
}

std::uint64_t Executor::entropy() {
    thread_local std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

std::uint64_t random_bits() {
    return current_executor != nullptr ? current_executor->random() : thread_random();
}

Executor& Executor::current() {
    CHECK(current_executor != nullptr);
    return *current_executor;
}

Executor* Executor::current_or_null() {
    return current_executor;
}

Executor::Scope::Scope(Executor& executor) : previous_(current_executor) {
    current_executor = &executor;
}

Executor::Scope::~Scope() {
    current_executor = previous_;
}

}  // namespace antipode::runtime

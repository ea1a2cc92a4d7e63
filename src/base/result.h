#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error_code.h"

namespace antipode {

/// An expected failure. `message` is one sentence for the log and, for client errors, for the
/// client.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;

    /// Whether the same call may succeed later without any change by the caller.
    [[nodiscard]] bool retryable() const {
        return code == ErrorCode::Unavailable || code == ErrorCode::Timeout ||
               code == ErrorCode::Closed || code == ErrorCode::MaybeCommitted ||
               code == ErrorCode::Io;
    }
};

template <typename T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::NoSuchKey, "...")` from any function that returns a Result.
inline std::unexpected<Error> fail(ErrorCode code, std::string message = {}) {
    return std::unexpected<Error>(Error{code, std::move(message)});
}

inline std::unexpected<Error> fail(Error error) {
    return std::unexpected<Error>(std::move(error));
}

}  // namespace antipode

#define ANTIPODE_CONCAT_INNER(a, b) a##b
#define ANTIPODE_CONCAT(a, b) ANTIPODE_CONCAT_INNER(a, b)

#define ANTIPODE_TRY_IMPL(leave, result, declaration, ...) \
    auto result = (__VA_ARGS__);                           \
    if (!(result)) {                                       \
        leave ::antipode::fail(std::move(result).error()); \
    }                                                      \
    declaration = std::move(*(result))

/// TRY(auto row, find(key)): binds the value or leaves the function with the error.
#define TRY(declaration, ...) \
    ANTIPODE_TRY_IMPL(return, ANTIPODE_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)

/// CO_TRY(auto row, co_await find(key)): the same inside a coroutine.
#define CO_TRY(declaration, ...) \
    ANTIPODE_TRY_IMPL(           \
        co_return, ANTIPODE_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)

/// TRY_VOID(check(x)) / CO_TRY_VOID(co_await save(x)): for Result<void>, or when the value is not
/// wanted.
#define TRY_VOID(...)                                             \
    do {                                                          \
        if (auto try_void = (__VA_ARGS__); !try_void) {           \
            return ::antipode::fail(std::move(try_void).error()); \
        }                                                         \
    } while (false)
#define CO_TRY_VOID(...)                                             \
    do {                                                             \
        if (auto try_void = (__VA_ARGS__); !try_void) {              \
            co_return ::antipode::fail(std::move(try_void).error()); \
        }                                                            \
    } while (false)

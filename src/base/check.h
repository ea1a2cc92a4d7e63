#pragma once

#include <string_view>

namespace antipode::detail {

[[noreturn]] void check_failed(std::string_view condition, const char* file, int line);

}  // namespace antipode::detail

/// For our own mistakes only; on in release. Bytes from disk, wire or client are never CHECKed,
/// they are validated.
#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) [[unlikely]] {                                      \
            ::antipode::detail::check_failed(#condition, __FILE__, __LINE__); \
        }                                                                     \
    } while (false)

#ifdef ANTIPODE_DCHECK
#define DCHECK(condition) CHECK(condition)
#else
#define DCHECK(condition) \
    do {                  \
    } while (false)
#endif

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace antipode {

using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

/// Leaves new bytes uninitialised, so that sizing a buffer that is read into costs nothing.
template <typename T>
struct DefaultInitAllocator : std::allocator<T> {
    template <typename U>
    struct rebind {
        using other = DefaultInitAllocator<U>;
    };

    template <typename U>
    void construct(U* place) noexcept {
        ::new (static_cast<void*>(place)) U;
    }

    template <typename U, typename... Args>
    void construct(U* place, Args&&... args) {
        ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
    }
};

/// Owning bytes of a body on its way through the pipeline. Moved, copied only where the code says
/// so.
using Bytes = std::vector<std::byte, DefaultInitAllocator<std::byte>>;

inline ByteView as_bytes(std::string_view text) {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One memcpy: vector's own range functions go byte by byte with an allocator that has construct().
inline void append(Bytes& to, ByteView bytes) {
    if (!bytes.empty()) {
        const std::size_t before = to.size();
        to.resize(before + bytes.size());
        std::memcpy(to.data() + before, bytes.data(), bytes.size());
    }
}

inline Bytes to_bytes(ByteView bytes) {
    Bytes out;
    append(out, bytes);
    return out;
}

inline Bytes to_bytes(std::string_view text) {
    return to_bytes(as_bytes(text));
}

inline std::string to_string(ByteView bytes) {
    return std::string(as_text(bytes));
}

}  // namespace antipode

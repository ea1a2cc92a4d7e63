#pragma once

#include <cstdint>
#include <random>
#include <string>

/// For tests of this room only: contents of objects that can and cannot be packed.
namespace antipode::replication {

inline std::string words(std::size_t bytes) {
    std::string out;
    for (int i = 0; out.size() < bytes; ++i) {
        out += "line " + std::to_string(i) + " of a log that says much the same again and again\n";
    }
    out.resize(bytes);
    return out;
}

inline std::string noise(std::size_t bytes, std::uint64_t seed = 1) {
    std::mt19937_64 random(seed);
    std::string out;
    while (out.size() < bytes) {
        const std::uint64_t value = random();
        out.append(reinterpret_cast<const char*>(&value), sizeof(value));
    }
    out.resize(bytes);
    return out;
}

}  // namespace antipode::replication

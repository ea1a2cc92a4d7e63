#include "runtime/detail/file_faults.h"

#include <algorithm>

namespace antipode::runtime {

namespace {

constexpr std::uint64_t kBlock = 4096;

/// FNV-1a: the same on every machine.
std::uint64_t hash(const std::string& path, std::uint64_t block) {
    std::uint64_t value = 0xCBF29CE484222325ULL ^ (block * 0x9E3779B97F4A7C15ULL);
    for (const char letter : path) {
        value = (value ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
    }
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    return value ^ (value >> 31U);
}

}  // namespace

void flip_bits(const std::string& path,
               std::uint32_t one_of,
               std::uint64_t offset,
               MutableByteView bytes) {
    for (std::uint64_t block = offset / kBlock; block * kBlock < offset + bytes.size(); ++block) {
        const std::uint64_t draw = hash(path, block);
        const std::uint64_t place = block * kBlock + draw / one_of % kBlock;
        if (draw % one_of == 0 && place >= offset && place < offset + bytes.size()) {
            bytes[place - offset] ^= std::byte{0x10};
        }
    }
}

FileFaults sum(FileFaults left, const FileFaults& right) {
    left.hang |= right.hang;
    left.delay = std::max(left.delay, right.delay);
    left.fail_reads |= right.fail_reads;
    left.fail_writes |= right.fail_writes;
    left.fail_syncs |= right.fail_syncs;
    left.no_space |= right.no_space;
    left.read_only |= right.read_only;
    left.flip_bit_in_one_of = std::max(left.flip_bit_in_one_of, right.flip_bit_in_one_of);
    left.track_unsynced |= right.track_unsynced;
    return left;
}

}  // namespace antipode::runtime

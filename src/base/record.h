#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace antipode {

/// Appends little-endian integers, varints and length-prefixed strings; the one encoding of rows,
/// log records and the peer protocol.
class RecordWriter {
  public:
    void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }

    void u32(std::uint32_t value) { fixed(value, 4); }

    void u64(std::uint64_t value) { fixed(value, 8); }

    /// LEB128, 1 to 10 bytes.
    void varint(std::uint64_t value);

    /// varint length, then the bytes.
    void text(std::string_view value);

    [[nodiscard]] const std::string& str() const { return out_; }

    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    void fixed(std::uint64_t value, int size);

    std::string out_;
};

/// Reads what RecordWriter wrote. Never throws and never reads past the end: after the first
/// failure every read gives zero or empty and ok() is false, so that a decoder checks once at its
/// end. `text()` views into the bytes given to the constructor.
class RecordReader {
  public:
    explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }

    std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }

    std::uint64_t u64() { return fixed(8); }

    std::uint64_t varint();

    std::string_view text();

    [[nodiscard]] bool ok() const { return ok_; }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    [[nodiscard]] std::string_view rest() const { return rest_; }

    /// ok and nothing left over, else Corrupt naming `what`.
    [[nodiscard]] Result<void> finish(std::string_view what) const;

  private:
    std::uint64_t fixed(int size);

    std::string_view rest_;
    bool ok_ = true;
};

/// 8 bytes, most significant first: sorts as the number does. For row keys.
std::string big_endian(std::uint64_t value);

/// Reads 8 bytes written by big_endian; 0 when `bytes` is shorter.
std::uint64_t from_big_endian(std::string_view bytes);

}  // namespace antipode

#include "base/record.h"

#include <fmt/format.h>

namespace antipode {

void RecordWriter::fixed(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) {
        out_.push_back(static_cast<char>(value & 0xFFU));
        value >>= 8U;
    }
}

void RecordWriter::varint(std::uint64_t value) {
    while (value >= 0x80U) {
        out_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
        value >>= 7U;
    }
    out_.push_back(static_cast<char>(value));
}

void RecordWriter::text(std::string_view value) {
    varint(value.size());
    out_.append(value);
}

std::uint64_t RecordReader::fixed(int size) {
    const auto wanted = static_cast<std::size_t>(size);
    if (!ok_ || rest_.size() < wanted) {
        ok_ = false;
        return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = wanted; i-- > 0;) {
        value = (value << 8U) | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(wanted);
    return value;
}

std::uint64_t RecordReader::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && ok_; shift += 7) {
        const std::uint8_t byte = u8();
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) {
            return ok_ ? value : 0;
        }
    }
    ok_ = false;
    return 0;
}

std::string_view RecordReader::text() {
    const std::uint64_t size = varint();
    if (!ok_ || rest_.size() < size) {
        ok_ = false;
        return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
}

Result<void> RecordReader::finish(std::string_view what) const {
    if (!ok_ || !rest_.empty()) {
        return fail(ErrorCode::Corrupt, fmt::format("{} is damaged or of an unknown form", what));
    }
    return {};
}

std::string big_endian(std::uint64_t value) {
    std::string out(8, '\0');
    for (std::size_t i = 8; i-- > 0;) {
        out[i] = static_cast<char>(value & 0xFFU);
        value >>= 8U;
    }
    return out;
}

std::uint64_t from_big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8 && bytes.size() >= 8; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

}  // namespace antipode

#include "object/detail/transfer_row.h"

#include "base/open_record.h"
#include "base/record.h"
#include "catalog/key_layout.h"

namespace antipode::object {

namespace {

constexpr std::uint8_t kFormat = 1;
/// What stood in these rows before they had a time.
constexpr std::string_view kWithoutTime = "1";

}  // namespace

std::string transfer_rows() {
    return catalog::rows::replication("in") + std::string(1, '\0');
}

std::string transfer_row(std::string_view transfer_id) {
    return transfer_rows() + std::string(transfer_id);
}

std::string encode_transfer(std::int64_t active_ms) {
    RecordWriter out;
    out.u8(kFormat);
    out.u64(static_cast<std::uint64_t>(active_ms));
    return out.take();
}

Result<std::int64_t> decode_transfer(std::string_view value) {
    if (value == kWithoutTime) {
        return 0;
    }
    TRY(RecordReader in, open_record(value, kFormat, "the row of a transfer"));
    const auto active_ms = static_cast<std::int64_t>(in.u64());
    TRY_VOID(in.finish("the row of a transfer"));
    return active_ms;
}

}  // namespace antipode::object

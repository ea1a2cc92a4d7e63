#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "index/zoned/log_record.h"

/// Any bytes as a record of the commit log, also when size and checksum fit: what is taken views
/// only into its own bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    if (size < index::kRecordHeaderBytes) {
        return 0;
    }
    std::string bytes(reinterpret_cast<const char*>(data), size);
    static_cast<void>(index::decode_record(bytes, 0));

    const auto payload_bytes = static_cast<std::uint32_t>(size - index::kRecordHeaderBytes);
    std::memcpy(bytes.data(), &payload_bytes, sizeof payload_bytes);
    const ByteView all = as_bytes(bytes);
    const std::uint32_t crc = crc32c(all.subspan(8), crc32c(all.first(4)));
    std::memcpy(bytes.data() + 4, &crc, sizeof crc);
    CHECK(index::has_valid_crc(bytes));
    const auto record = index::decode_record(bytes, 7);
    if (!record) {
        return 0;
    }
    const std::string_view own = (*record)->bytes;
    CHECK((*record)->end() == 7 + size);
    CHECK((*record)->partition.size() <= own.size());
    std::size_t total = 0;
    for (const index::RowOp& op : (*record)->ops) {
        CHECK(op.key.empty() || (op.key.data() >= own.data() &&
                                 op.key.data() + op.key.size() <= own.data() + own.size()));
        CHECK(!op.is_delete || op.value.empty());
        total += op.key.size() + op.value.size();
    }
    CHECK(total <= size);
    return 0;
}

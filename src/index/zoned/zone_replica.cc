#include "index/zoned/zone_replica.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/record.h"
#include "runtime/disk_threads.h"

namespace antipode::index {

namespace {

constexpr std::uint8_t kFormat = 1;

}  // namespace

Result<ZoneMeta> read_meta(runtime::FileSystem& files, const std::string& directory) {
    TRY(const std::string text, files.read_file(directory + "/meta"));
    RecordReader reader(text);
    ZoneMeta meta;
    const std::uint8_t format = reader.u8();
    meta.region_id = reader.text();
    meta.segment_bytes = reader.varint();
    meta.promised_epoch = reader.varint();
    meta.is_complete = reader.u8() != 0;
    meta.log_from = reader.varint();
    const std::size_t covered = text.size() - reader.rest().size();
    const std::uint32_t crc = reader.u32();
    if (!reader.ok() || !reader.at_end() || format != kFormat ||
        crc != crc32c(as_bytes(text).first(covered))) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("{}/meta is damaged or of an unknown form", directory));
    }
    return meta;
}

Result<void> write_meta(runtime::FileSystem& files,
                        const std::string& directory,
                        const ZoneMeta& meta) {
    RecordWriter writer;
    writer.u8(kFormat);
    writer.text(meta.region_id);
    writer.varint(meta.segment_bytes);
    writer.varint(meta.promised_epoch);
    writer.u8(meta.is_complete ? 1 : 0);
    writer.varint(meta.log_from);
    writer.u32(crc32c(as_bytes(writer.str())));
    return files.write_file_atomically(directory + "/meta", writer.str());
}

Result<void> ZoneReplica::open_rows(RowTables& tables) {
    rows.reset();
    TRY_VOID(files.create_directories(directory));
    TRY(rows, tables.open(files, directory + "/rows"));
    return {};
}

Result<void> ZoneReplica::replace_rows(RowTables& tables) {
    rows.reset();
    TRY_VOID(files.remove_tree(directory + "/rows"));
    return open_rows(tables);
}

std::shared_ptr<ZoneReplica> make_replica(runtime::FileSystem& files,
                                          const std::string& zone_directory,
                                          std::uint64_t segment_bytes,
                                          std::shared_ptr<zone::ZoneWatch> watch) {
    return {new ZoneReplica(files, zone_directory, segment_bytes, std::move(watch)),
            [](ZoneReplica* replica) {
                runtime::DiskThreads closer("close-rows", 1, 1);
                closer.post([replica] {
                    replica->files.revoke();
                    const std::function<void()> on_closed = std::move(replica->on_closed);
                    delete replica;
                    if (on_closed) {
                        on_closed();
                    }
                });
                closer.let_finish();
            }};
}

}  // namespace antipode::index

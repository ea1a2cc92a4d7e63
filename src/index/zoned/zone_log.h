#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "index/zoned/log_record.h"
#include "runtime/disk_condition.h"
#include "runtime/file_system.h"
#include "zone/aligned_buffer.h"
#include "zone/segment_file.h"

namespace antipode::index {

/// One zone's copy of the commit log: a stream of bytes, cut at fixed positions into segment files
/// that are written once with zeros and then used again and again. Same position, same bytes in
/// every zone.
///
/// Threads: append and reset_tail from one thread at a time; read, prepare_next and discard_below
/// from others meanwhile.
class ZoneLog {
  public:
    ZoneLog(runtime::FileSystem& files, std::string directory, std::uint64_t segment_bytes);

    /// Finds the segments that are there; makes the directory when it is not.
    Result<void> open();
    /// Removes all segments: for a log that is written anew.
    Result<void> remove_all();
    /// append() goes on at `position`, which must lie within what has been written or on a segment
    /// that is made now. What stood behind it is overwritten as records come.
    Result<void> reset_tail(std::uint64_t position);

    /// The same for a log whose last writes may have failed or be under way still: the segment of
    /// `position` goes on in a new file, which has what stands before `position`, and those behind
    /// it are removed. A write that comes late meets the old files.
    Result<void> renew_tail(std::uint64_t position);

    /// Writes `bytes` at the tail and makes them durable.
    Result<void> append(std::span<const std::string_view> pieces);

    [[nodiscard]] std::uint64_t tail() const { return tail_; }

    /// Reads `size` bytes of the stream at `position` into the end of `into`, less when the
    /// segments end before.
    Result<void> read(std::uint64_t position, std::size_t size, std::string& into);

    /// Makes sure that the segment after that of `position` is there, from a segment wholly
    /// below `keep_from` when there is one; removes what else lies below.
    Result<void> maintain(std::uint64_t position, std::uint64_t keep_from);
    /// Where the oldest segment starts.
    [[nodiscard]] std::uint64_t start() const;

  private:
    using Number = std::uint64_t;  // Of a segment: position / segment_bytes_.

    [[nodiscard]] std::string path_of(Number number) const;
    Result<std::shared_ptr<zone::SegmentFile>> find(Number number);
    Result<std::shared_ptr<zone::SegmentFile>> find_or_create(Number number);
    Result<std::shared_ptr<zone::SegmentFile>> create(Number number);
    Result<void> write_blocks(std::uint64_t position, ByteView blocks);

    runtime::FileSystem& files_;
    const std::string directory_;
    const std::uint64_t segment_bytes_;
    const std::shared_ptr<zone::BufferPool> buffers_;

    mutable std::mutex mutex_;  // Of segments_ only; never held over a call to the disk.
    runtime::DiskMutex
        making_mutex_;  // Held while a segment is made, so that two do not make the same.
    std::map<Number, std::shared_ptr<zone::SegmentFile>> segments_;

    std::uint64_t tail_ = 0;
    zone::AlignedBuffer last_block_;  // The block that tail_ lies in, up to it.
};

/// What a walk over a log meets, in short.
struct LogEntry {
    Lsn lsn = 0;
    std::uint64_t epoch = 0;
    std::uint32_t crc = 0;
    std::uint64_t position = 0;
    std::uint64_t end = 0;
};

/// Reads records one after another, from a place where a record is known to start, to the end of
/// what is whole.
class LogReader {
  public:
    /// The record at `position` has lsn `next`; records of an epoch below `epoch_min` are remains
    /// of an older use.
    LogReader(ZoneLog& log, std::uint64_t position, Lsn next, std::uint64_t epoch_min)
        : log_(log), position_(position), next_(next), epoch_min_(epoch_min) {}

    /// The next record, or null where the log ends now: torn, never written, or left from an
    /// earlier use of the segment. A log that is being written may go on later.
    Result<std::shared_ptr<LogRecord>> next();

    [[nodiscard]] std::uint64_t position() const { return position_; }

    /// Where the log ends: the commit index that records lying behind the end tell of, 0 when there
    /// are none. A crash can leave whole records behind a torn one, but none that knows the torn
    /// one to be committed: that is damage.
    Result<Lsn> committed_behind_end();

  private:
    [[nodiscard]] bool is_later_record(std::string_view bytes) const;
    Result<bool> fill(std::size_t size);
    Result<std::shared_ptr<LogRecord>> take();

    ZoneLog& log_;
    std::uint64_t position_;
    Lsn next_;
    std::uint64_t epoch_min_;
    std::string buffer_;  // Bytes of the stream from position_ - consumed_.
    std::size_t consumed_ = 0;
};

}  // namespace antipode::index

#include "index/zoned/zone_log.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace antipode::index {

namespace {

constexpr std::size_t kReadStep = 1 * kMiB;
constexpr std::string_view kSuffix = ".log";
static_assert(std::endian::native ==
              std::endian::little);  // For the search in committed_behind_end.

}  // namespace

ZoneLog::ZoneLog(runtime::FileSystem& files, std::string directory, std::uint64_t segment_bytes)
    : files_(files),
      directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      buffers_(zone::BufferPool::make(2 * kMiB)),
      last_block_(buffers_->take(zone::kBlockBytes)) {
    CHECK(segment_bytes_ % zone::kBlockBytes == 0 && segment_bytes_ > 0);
    std::memset(last_block_.data(), 0, last_block_.size());
}

std::string ZoneLog::path_of(Number number) const {
    return fmt::format("{}/{:016}{}", directory_, number, kSuffix);
}

Result<void> ZoneLog::open() {
    TRY_VOID(files_.create_directories(directory_));
    TRY(const std::vector<std::string> names, files_.list(directory_));
    for (const std::string& name : names) {
        if (!name.ends_with(kSuffix)) {
            continue;  // A segment whose making was cut short; the next one replaces it.
        }
        Number number = 0;
        const char* const end = name.data() + name.size() - kSuffix.size();
        if (std::from_chars(name.data(), end, number).ptr != end) {
            continue;
        }
        TRY(std::shared_ptr<zone::SegmentFile> segment,
            zone::SegmentFile::open(files_, directory_ + "/" + name));
        if (segment->size() != segment_bytes_) {
            return fail(ErrorCode::Corrupt,
                        fmt::format("{} has {} bytes instead of {}",
                                    segment->path(),
                                    segment->size(),
                                    segment_bytes_));
        }
        const std::scoped_lock lock(mutex_);
        segments_.emplace(number, std::move(segment));
    }
    return {};
}

Result<void> ZoneLog::remove_all() {
    {
        const std::scoped_lock lock(mutex_);
        segments_.clear();
    }
    TRY_VOID(files_.remove_tree(directory_));
    return files_.create_directories(directory_);
}

std::uint64_t ZoneLog::start() const {
    const std::scoped_lock lock(mutex_);
    return segments_.empty() ? 0 : segments_.begin()->first * segment_bytes_;
}

Result<std::shared_ptr<zone::SegmentFile>> ZoneLog::find(Number number) {
    const std::scoped_lock lock(mutex_);
    const auto found = segments_.find(number);
    if (found == segments_.end()) {
        return fail(ErrorCode::NotFound, fmt::format("{} is not there", path_of(number)));
    }
    return found->second;
}

Result<std::shared_ptr<zone::SegmentFile>> ZoneLog::find_or_create(Number number) {
    if (auto found = find(number)) {
        return found;
    }
    const std::scoped_lock making(making_mutex_);
    if (auto found = find(number)) {
        return found;
    }
    return create(number);
}

Result<std::shared_ptr<zone::SegmentFile>> ZoneLog::create(Number number) {
    TRY(std::shared_ptr<zone::SegmentFile> segment,
        zone::SegmentFile::create(files_, path_of(number), segment_bytes_));
    const std::scoped_lock lock(mutex_);
    segments_.emplace(number, segment);
    return segment;
}

Result<void> ZoneLog::reset_tail(std::uint64_t position) {
    TRY(const auto segment, find_or_create(position / segment_bytes_));
    tail_ = position;
    const std::uint64_t block = zone::round_down_to_block(position);
    TRY_VOID(segment->read_at(block % segment_bytes_, last_block_.bytes()));
    const std::size_t used = position - block;
    std::memset(last_block_.data() + used, 0, last_block_.size() - used);
    return {};
}

Result<void> ZoneLog::renew_tail(std::uint64_t position) {
    const Number last = position / segment_bytes_;
    const std::scoped_lock making(making_mutex_);
    std::vector<Number> useless;
    {
        const std::scoped_lock lock(mutex_);
        for (auto it = segments_.upper_bound(last); it != segments_.end(); ++it) {
            useless.push_back(it->first);
        }
        segments_.erase(segments_.upper_bound(last), segments_.end());
    }
    for (const Number number : useless) {
        TRY_VOID(files_.remove_file(path_of(number)));
    }
    // Whole and durable under another name first: at no moment may there be less than there was.
    const std::string copy = path_of(last) + ".copy";
    TRY(const auto segment, zone::SegmentFile::create(files_, copy, segment_bytes_));
    for (std::uint64_t at = last * segment_bytes_; at < position;) {
        std::string bytes;
        TRY_VOID(read(at, std::min<std::uint64_t>(kReadStep, position - at), bytes));
        if (bytes.empty()) {
            return fail(ErrorCode::Corrupt, fmt::format("{} is not there", path_of(last)));
        }
        zone::AlignedBuffer buffer = buffers_->take(zone::round_up_to_block(bytes.size()));
        std::memset(buffer.data(), 0, buffer.size());
        std::memcpy(buffer.data(), bytes.data(), bytes.size());
        TRY_VOID(segment->write_at(at % segment_bytes_,
                                   buffer.view().first(zone::round_up_to_block(bytes.size()))));
        at += bytes.size();
    }
    TRY_VOID(segment->sync());
    TRY(std::shared_ptr<zone::SegmentFile> renewed,
        zone::SegmentFile::recycle(files_, copy, path_of(last)));
    {
        const std::scoped_lock lock(mutex_);
        segments_[last] = std::move(renewed);
    }
    return reset_tail(position);
}

Result<void> ZoneLog::append(std::span<const std::string_view> pieces) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) {
        size += piece.size();
    }
    const std::uint64_t block = zone::round_down_to_block(tail_);
    const std::size_t used = tail_ - block;
    const std::size_t padded = zone::round_up_to_block(used + size);
    zone::AlignedBuffer buffer = buffers_->take(padded);
    std::memcpy(buffer.data(), last_block_.data(), used);
    std::size_t filled = used;
    for (const std::string_view piece : pieces) {
        std::memcpy(buffer.data() + filled, piece.data(), piece.size());
        filled += piece.size();
    }
    std::memset(buffer.data() + filled, 0, padded - filled);
    TRY_VOID(write_blocks(block, buffer.view().first(padded)));

    tail_ += size;
    const std::size_t last = zone::round_down_to_block(filled);
    if (last < padded) {
        std::memcpy(last_block_.data(), buffer.data() + last, zone::kBlockBytes);
    } else {
        std::memset(last_block_.data(), 0, zone::kBlockBytes);
    }
    return {};
}

Result<void> ZoneLog::write_blocks(std::uint64_t position, ByteView blocks) {
    while (!blocks.empty()) {
        const std::uint64_t offset = position % segment_bytes_;
        const std::size_t step = std::min<std::uint64_t>(blocks.size(), segment_bytes_ - offset);
        TRY(const auto segment, find_or_create(position / segment_bytes_));
        TRY_VOID(segment->write_at(offset, blocks.first(step)));
        TRY_VOID(segment->sync());
        position += step;
        blocks = blocks.subspan(step);
    }
    return {};
}

Result<void> ZoneLog::read(std::uint64_t position, std::size_t size, std::string& into) {
    const std::uint64_t end = position + size;
    while (position < end) {
        const auto segment = find(position / segment_bytes_);
        if (!segment) {
            return {};
        }
        const std::uint64_t offset = position % segment_bytes_;
        const std::uint64_t block = zone::round_down_to_block(offset);
        const std::uint64_t step =
            std::min<std::uint64_t>({end - position, segment_bytes_ - offset, kReadStep});
        const std::uint64_t padded = zone::round_up_to_block(offset - block + step);
        zone::AlignedBuffer buffer = buffers_->take(padded);
        TRY_VOID((*segment)->read_at(block, buffer.bytes().first(padded)));
        into.append(as_text(buffer.view().subspan(offset - block, step)));
        position += step;
    }
    return {};
}

Result<void> ZoneLog::maintain(std::uint64_t position, std::uint64_t keep_from) {
    const Number current = position / segment_bytes_;
    const std::scoped_lock making(making_mutex_);
    std::vector<Number> useless;
    bool has_next = false;
    {
        const std::scoped_lock lock(mutex_);
        has_next = segments_.contains(current + 1);
        for (const auto& [number, segment] : segments_) {
            if ((number + 1) * segment_bytes_ <= keep_from && number < current) {
                useless.push_back(number);
            }
        }
    }
    for (const Number number : useless) {
        {
            const std::scoped_lock lock(mutex_);
            segments_.erase(number);
        }
        if (has_next) {
            TRY_VOID(files_.remove_file(path_of(number)));
            continue;
        }
        TRY(std::shared_ptr<zone::SegmentFile> segment,
            zone::SegmentFile::recycle(files_, path_of(number), path_of(current + 1)));
        const std::scoped_lock lock(mutex_);
        segments_.emplace(current + 1, std::move(segment));
        has_next = true;
    }
    if (!has_next) {
        TRY_VOID(create(current + 1));
    }
    return {};
}

Result<bool> LogReader::fill(std::size_t size) {
    if (buffer_.size() - consumed_ >= size) {
        return true;
    }
    buffer_.erase(0, consumed_);
    consumed_ = 0;
    const std::size_t wanted = std::max(size, kReadStep) - buffer_.size();
    TRY_VOID(log_.read(position_ + buffer_.size(), wanted, buffer_));
    return buffer_.size() >= size;
}

Result<std::shared_ptr<LogRecord>> LogReader::next() {
    TRY(auto record, take());
    if (!record && !buffer_.empty()) {
        // What was read ahead may have been written since.
        buffer_.clear();
        consumed_ = 0;
        TRY(record, take());
    }
    return record;
}

Result<std::shared_ptr<LogRecord>> LogReader::take() {
    TRY(const bool has_header, fill(kRecordHeaderBytes));
    if (!has_header) {
        return nullptr;
    }
    const RecordHeader header = read_header(std::string_view(buffer_).substr(consumed_));
    if (header.lsn != next_ || header.epoch < epoch_min_ ||
        header.payload_bytes > kRecordPayloadMax) {
        return nullptr;
    }
    const std::size_t size = kRecordHeaderBytes + header.payload_bytes;
    TRY(const bool is_whole, fill(size));
    if (!is_whole || !has_valid_crc(std::string_view(buffer_).substr(consumed_, size))) {
        return nullptr;
    }
    TRY(auto record, decode_record(buffer_.substr(consumed_, size), position_));
    consumed_ += size;
    position_ += size;
    next_ = header.lsn + 1;
    epoch_min_ = header.epoch;
    return record;
}

bool LogReader::is_later_record(std::string_view bytes) const {
    const RecordHeader header = read_header(bytes);
    const std::size_t size = kRecordHeaderBytes + header.payload_bytes;
    return header.lsn > next_ && header.epoch >= epoch_min_ && header.committed < header.lsn &&
           header.payload_bytes <= kRecordPayloadMax && size <= bytes.size() &&
           has_valid_crc(bytes.substr(0, size));
}

Result<Lsn> LogReader::committed_behind_end() {
    constexpr std::size_t kLookAt = 1 * kMiB;
    constexpr Lsn kLsnsAhead = 1'000'000;
    std::string bytes;
    TRY_VOID(log_.read(position_, kLookAt, bytes));
    const std::string_view all = bytes;
    for (std::size_t offset = 1; offset + kRecordHeaderBytes <= all.size(); ++offset) {
        Lsn lsn = 0;  // The cheap part of the comparison first.
        std::memcpy(&lsn, all.data() + offset + 8, sizeof(lsn));
        if (lsn > next_ && lsn - next_ < kLsnsAhead && is_later_record(all.substr(offset))) {
            const Lsn committed = read_header(all.substr(offset)).committed;
            if (committed >= next_) {
                return committed;
            }
        }
    }
    return 0;
}

}  // namespace antipode::index

#include "zone/segment_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/mutant.h"
#include "base/units.h"
#include "zone/aligned_buffer.h"

namespace antipode::zone {

namespace {

constexpr std::size_t kZeroStep = 1 * kMiB;

Result<void> write_zeros(runtime::File& file, std::uint64_t size) {
    const std::shared_ptr<BufferPool> pool = BufferPool::make(0);
    AlignedBuffer zeros = pool->take(std::min<std::uint64_t>(kZeroStep, size));
    std::memset(zeros.data(), 0, zeros.size());
    for (std::uint64_t offset = 0; offset < size; offset += zeros.size()) {
        const std::uint64_t step = std::min<std::uint64_t>(zeros.size(), size - offset);
        TRY_VOID(file.write_at(offset, zeros.view().first(step)));
    }
    return file.sync();
}

}  // namespace

Result<std::unique_ptr<SegmentFile>> SegmentFile::create(runtime::FileSystem& files,
                                                         const std::string& path,
                                                         std::uint64_t size) {
    CHECK(size > 0 && size % kBlockBytes == 0);
    const std::string temporary = path + ".new";
    TRY(auto file, files.open(temporary, {.create = true, .direct = true}));
    TRY_VOID(file->truncate(size));
    TRY_VOID(write_zeros(*file, size));
    TRY_VOID(files.rename(temporary, path));
    return std::unique_ptr<SegmentFile>(new SegmentFile(std::move(file), path, size));
}

Result<std::unique_ptr<SegmentFile>> SegmentFile::open(runtime::FileSystem& files,
                                                       const std::string& path) {
    TRY(auto file, files.open(path, {.direct = true}));
    TRY(const std::uint64_t size, file->size());
    if (size == 0 || size % kBlockBytes != 0) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} has {} bytes, which no segment has", path, size));
    }
    return std::unique_ptr<SegmentFile>(new SegmentFile(std::move(file), path, size));
}

Result<std::unique_ptr<SegmentFile>> SegmentFile::recycle(runtime::FileSystem& files,
                                                          const std::string& old_path,
                                                          const std::string& path) {
    TRY_VOID(files.rename(old_path, path));
    return open(files, path);
}

Result<void> SegmentFile::check(std::uint64_t offset, ByteView bytes) const {
    CHECK(offset % kBlockBytes == 0);
    CHECK(bytes.size() % kBlockBytes == 0);
    CHECK(offset + bytes.size() <= size_);
    if (is_broken_.load()) {
        return fail(ErrorCode::Io, fmt::format("{} failed before and is not used any more", path_));
    }
    return {};
}

Result<void> SegmentFile::note(Result<void> result) {
    if (!result) {
        is_broken_.store(true);
    }
    return result;
}

Result<void> SegmentFile::write_at(std::uint64_t offset, ByteView bytes) {
    TRY_VOID(check(offset, bytes));
    return note(file_->write_at(offset, bytes));
}

Result<void> SegmentFile::read_at(std::uint64_t offset, MutableByteView into) {
    TRY_VOID(check(offset, into));
    return file_->read_at(offset, into);
}

Result<void> SegmentFile::sync() {
    TRY_VOID(check(0, {}));
    const Result<void> synced = file_->sync();
    return is_planted(Mutant::SyncErrorIsIgnored) ? Result<void>() : note(synced);
}

}  // namespace antipode::zone

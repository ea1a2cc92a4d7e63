#include "blob/zoned/zone_disk.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/mutant.h"

namespace antipode::blob {

namespace {

constexpr std::string_view kFilePrefix = "segment-";

}  // namespace

bool is_no_space(const Error& error) {
    return error.message.find("No space left") != std::string::npos;
}

Result<std::shared_ptr<ZoneDisk>> ZoneDisk::open(runtime::FileSystem& files,
                                                 const std::string& zone_directory,
                                                 std::shared_ptr<zone::ZoneWatch> watch,
                                                 const ZoneDiskOptions& options) {
    const std::string directory = zone_directory + "/blobs";
    TRY_VOID(files.create_directories(directory));
    TRY_VOID(files.sync_directory(zone_directory));
    return std::shared_ptr<ZoneDisk>(new ZoneDisk(files, directory, std::move(watch), options));
}

ZoneDisk::ZoneDisk(runtime::FileSystem& files,
                   std::string directory,
                   std::shared_ptr<zone::ZoneWatch> watch,
                   const ZoneDiskOptions& options)
    : files_(files),
      directory_(std::move(directory)),
      watch_(std::move(watch)),
      options_(options),
      readers_("blob-read", options.read_threads, options.read_queue_max),
      writers_("blob-write", options.write_threads, options.write_threads) {}

void ZoneDisk::write(DiskWrite write) {
    {
        const std::scoped_lock lock(queue_mutex_);
        if (closed_ || queue_.size() >= options_.write_queue_max) {
            return;  // `write` tells its caller when it is dropped, which is after the lock.
        }
        queue_.push_back(std::move(write));
        if (drainers_ == options_.write_threads) {
            return;
        }
        ++drainers_;
    }
    writers_.post([self = shared_from_this()] { self->drain(); });
}

void ZoneDisk::drain() {
    thread_local const bool is_prompt = [] {
        runtime::ask_for_short_slice();
        return true;
    }();
    static_cast<void>(is_prompt);
    while (true) {
        std::vector<DiskWrite> batch;
        {
            const std::scoped_lock lock(queue_mutex_);
            std::uint64_t bytes = 0;
            while (!queue_.empty() && bytes < options_.batch_bytes_max) {
                bytes += queue_.front().bytes.size();
                batch.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
            if (batch.empty()) {
                --drainers_;
                return;
            }
        }
        write_batch(batch);
    }
}

void ZoneDisk::write_batch(std::vector<DiskWrite>& batch) {
    std::vector<std::pair<DiskWrite*, FilePointer>> written;
    for (DiskWrite& write : batch) {
        if (closed_) {
            return;
        }
        if (Result<FilePointer> file = write_one(write)) {
            written.emplace_back(&write, std::move(*file));
        } else {
            write.done.tell(fail(std::move(file).error()));
        }
    }
    std::map<runtime::File*, Result<void>> synced;
    for (const auto& [write, file] : written) {
        if (const auto [entry, is_new] = synced.try_emplace(file.get()); is_new) {
            const zone::ZoneOperation operation(watch_);
            const Result<void> flushed = file->sync();
            entry->second =
                is_planted(Mutant::SyncErrorIsIgnored) ? Result<void>() : judged(flushed);
        }
    }
    for (const auto& [write, file] : written) {
        write->done.tell(synced.at(file.get()));
    }
}

Result<ZoneDisk::FilePointer> ZoneDisk::write_one(const DiskWrite& write) {
    const zone::ZoneOperation operation(watch_);
    auto file = file_of(write.segment, Access::Write);
    if (!file) {
        TRY_VOID(judged(fail(file.error())));
    }
    TRY_VOID(judged((*file)->write_at(write.offset, write.bytes)));
    return file;
}

Result<void> ZoneDisk::judged(Result<void> result) {
    // A full zone goes out only if it is the only one that is full: ZoneDisks decides that. And
    // what an earlier attachment still suffers says nothing about the zone as it is now.
    if (!result && !closed_ && !is_no_space(result.error())) {
        watch_->report_failure(result.error());
    }
    return result;
}

void ZoneDisk::read(DiskRead read) {
    readers_.post([self = shared_from_this(), job = std::move(read)]() mutable {
        if (!self->closed_) {
            job.done.tell(self->read_one(job));
        }
    });
}

Result<void> ZoneDisk::read_one(const DiskRead& read) {
    const zone::ZoneOperation operation(watch_);
    TRY(const FilePointer file,
        file_of(read.segment, read.direct ? Access::ReadDirect : Access::Read));
    return file->read_at(read.offset, read.into);
}

void ZoneDisk::remove_segment(std::uint32_t segment) {
    readers_.post([self = shared_from_this(), segment] {
        self->forget_file(segment);
        // A file that stays behind is deleted when the zone is attached the next time.
        static_cast<void>(self->files_.remove_file(self->path_of(segment)));
    });
}

void ZoneDisk::probe(std::move_only_function<void(Result<std::uint64_t>)> done) {
    readers_.post([self = shared_from_this(), done = std::move(done)]() mutable {
        const zone::ZoneOperation operation(self->watch_);
        done(self->files_.free_bytes(self->directory_));
    });
}

Result<std::vector<std::uint32_t>> ZoneDisk::segments() {
    TRY(const std::vector<std::string> names, files_.list(directory_));
    std::vector<std::uint32_t> segments;
    for (const std::string& name : names) {
        std::uint32_t number = 0;
        const std::string_view digits =
            std::string_view(name).substr(std::min(name.size(), kFilePrefix.size()));
        const char* const last = digits.data() + digits.size();
        const auto [end, error] = std::from_chars(digits.data(), last, number);
        if (name.starts_with(kFilePrefix) && error == std::errc() && end == last) {
            segments.push_back(number);
        }
    }
    return segments;
}

void ZoneDisk::close(runtime::Duration patience) {
    std::deque<DiskWrite> refused;
    {
        const std::scoped_lock lock(queue_mutex_);
        closed_ = true;
        refused.swap(queue_);
    }
    refused.clear();
    readers_.stop(patience);
    writers_.stop(patience);
}

Result<ZoneDisk::FilePointer> ZoneDisk::file_of(std::uint32_t segment, Access access) {
    if (FilePointer file = open_already(segment, access)) {
        return file;
    }
    std::unique_lock creating(create_mutex_, std::defer_lock);
    if (access == Access::Write) {
        creating.lock();
        if (FilePointer file = open_already(segment, access)) {
            return file;
        }
    }
    TRY(FilePointer file, open_file(segment, access));
    const std::scoped_lock lock(files_mutex_);
    if (open_files_.size() >= options_.open_files_max) {
        open_files_.erase(
            open_files_.begin());  // The lowest segment: older than most that are written.
    }
    open_files_[{segment, access}] = file;
    return file;
}

ZoneDisk::FilePointer ZoneDisk::open_already(std::uint32_t segment, Access access) {
    const std::scoped_lock lock(files_mutex_);
    const auto found = open_files_.find({segment, access});
    return found == open_files_.end() ? nullptr : found->second;
}

Result<ZoneDisk::FilePointer> ZoneDisk::open_file(std::uint32_t segment, Access access) {
    const runtime::OpenFile how{
        .create = false, .exclusive = false, .direct = access != Access::Read};
    auto file = files_.open(path_of(segment), how);
    if (!file && file.error().code == ErrorCode::NotFound && access == Access::Write) {
        const runtime::OpenFile create{.create = true, .exclusive = false, .direct = true};
        file = files_.open(path_of(segment), create);
        if (file) {
            TRY_VOID(files_.sync_directory(directory_));
        }
    }
    if (!file) {
        return fail(file.error());
    }
    return FilePointer(std::move(*file));
}

void ZoneDisk::forget_file(std::uint32_t segment) {
    const std::scoped_lock lock(files_mutex_);
    open_files_.erase({segment, Access::Write});
    open_files_.erase({segment, Access::Read});
    open_files_.erase({segment, Access::ReadDirect});
}

std::string ZoneDisk::path_of(std::uint32_t segment) const {
    return fmt::format("{}/{}{:08}", directory_, kFilePrefix, segment);
}

}  // namespace antipode::blob

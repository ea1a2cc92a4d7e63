#include "index/zoned/rocks_file_system.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <rocksdb/file_system.h>
#include <rocksdb/io_status.h>

#include "base/bytes.h"
#include "runtime/disk_threads.h"

namespace antipode::index {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus status_of(const Error& error) {
    return error.code == ErrorCode::NotFound ? IOStatus::NotFound(error.message)
                                             : IOStatus::IOError(error.message);
}

template <typename T>
IOStatus status_of(const Result<T>& result) {
    return result ? IOStatus::OK() : status_of(result.error());
}

struct OpenedFile {
    std::unique_ptr<runtime::File> file;
    std::uint64_t size = 0;

    /// Less than asked for at the end of the file, as RocksDB expects.
    IOStatus read(std::uint64_t offset, std::size_t count, Slice* result, char* scratch) {
        const std::size_t there =
            offset >= size ? 0 : std::min<std::uint64_t>(count, size - offset);
        const Result<void> read =
            file->read_at(offset, {reinterpret_cast<std::byte*>(scratch), there});
        *result = Slice(scratch, read ? there : 0);
        return status_of(read);
    }
};

class SequentialFile final : public rocksdb::FSSequentialFile {
  public:
    explicit SequentialFile(OpenedFile file) : file_(std::move(file)) {}

    IOStatus Read(
        size_t count, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
        const IOStatus status = file_.read(offset_, count, result, scratch);
        offset_ += result->size();
        return status;
    }

    IOStatus Skip(uint64_t count) override {
        offset_ += count;
        return IOStatus::OK();
    }

  private:
    OpenedFile file_;
    std::uint64_t offset_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
  public:
    explicit RandomAccessFile(OpenedFile file) : file_(std::move(file)) {}

    IOStatus Read(uint64_t offset,
                  size_t count,
                  const IOOptions&,
                  Slice* result,
                  char* scratch,
                  IODebugContext*) const override {
        return file_.read(offset, count, result, scratch);
    }

  private:
    mutable OpenedFile file_;
};

/// Sizes of the files that were written here and are closed. RocksDB asks for the size of a table
/// that it has just flushed while it holds the lock that every read needs now and then: a disk that
/// hangs there would stop all executors.
class KnownSizes {
  public:
    void note(const std::string& path, std::uint64_t size) {
        const std::scoped_lock lock(mutex_);
        sizes_[path] = size;
    }

    void forget(const std::string& path) {
        const std::scoped_lock lock(mutex_);
        sizes_.erase(path);
    }

    std::optional<std::uint64_t> find(const std::string& path) {
        const std::scoped_lock lock(mutex_);
        const auto found = sizes_.find(path);
        return found == sizes_.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> sizes_;
};

class WritableFile final : public rocksdb::FSWritableFile {
  public:
    WritableFile(OpenedFile file, std::string path, std::shared_ptr<KnownSizes> sizes)
        : file_(std::move(file)), path_(std::move(path)), sizes_(std::move(sizes)) {}

    using FSWritableFile::Append;

    IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
        const Result<void> written =
            file_.file->write_at(file_.size, as_bytes({data.data(), data.size()}));
        if (written) {
            file_.size += data.size();
        }
        return status_of(written);
    }

    IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
        const Result<void> truncated = file_.file->truncate(size);
        if (truncated) {
            file_.size = size;
        }
        return status_of(truncated);
    }

    IOStatus Close(const IOOptions&, IODebugContext*) override {
        sizes_->note(path_, file_.size);
        return IOStatus::OK();
    }

    IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

    IOStatus Sync(const IOOptions&, IODebugContext*) override {
        return status_of(file_.file->sync());
    }

    IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
        return Sync(options, context);
    }

    uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return file_.size; }

  private:
    OpenedFile file_;
    const std::string path_;
    const std::shared_ptr<KnownSizes> sizes_;
};

class Directory final : public rocksdb::FSDirectory {
  public:
    Directory(runtime::FileSystem& files, std::string path)
        : files_(files), path_(std::move(path)) {}

    IOStatus Fsync(const IOOptions&, IODebugContext*) override {
        return status_of(files_.sync_directory(path_));
    }

    IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

  private:
    runtime::FileSystem& files_;
    std::string path_;
};

class Adapter final : public rocksdb::FileSystem {
  public:
    explicit Adapter(runtime::FileSystem& files) : files_(files) {}

    const char* Name() const override { return "antipode"; }

    IOStatus NewSequentialFile(const std::string& path,
                               const FileOptions&,
                               std::unique_ptr<rocksdb::FSSequentialFile>* result,
                               IODebugContext*) override {
        return open<SequentialFile>(path, {}, result);
    }

    IOStatus NewRandomAccessFile(const std::string& path,
                                 const FileOptions&,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                 IODebugContext*) override {
        return open<RandomAccessFile>(path, {}, result);
    }

    IOStatus NewWritableFile(const std::string& path,
                             const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                             IODebugContext*) override {
        sizes_->forget(path);
        auto opened = open_file(path, {.create = true});
        if (!opened) {
            return status_of(opened);
        }
        *result = std::make_unique<WritableFile>(std::move(*opened), path, sizes_);
        return (*result)->Truncate(0, IOOptions(), nullptr);
    }

    IOStatus NewDirectory(const std::string& path,
                          const IOOptions&,
                          std::unique_ptr<rocksdb::FSDirectory>* result,
                          IODebugContext*) override {
        *result = std::make_unique<Directory>(files_, path);
        return IOStatus::OK();
    }

    IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
        return status_of(files_.open(path, {}));
    }

    IOStatus GetChildren(const std::string& path,
                         const IOOptions&,
                         std::vector<std::string>* result,
                         IODebugContext*) override {
        auto names = files_.list(path);
        if (names) {
            *result = std::move(*names);
        }
        return status_of(names);
    }

    IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
        sizes_->forget(path);
        return status_of(files_.remove_file(path));
    }

    IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
        return status_of(files_.create_directories(path));
    }

    IOStatus CreateDirIfMissing(const std::string& path,
                                const IOOptions& options,
                                IODebugContext* context) override {
        return CreateDir(path, options, context);
    }

    IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
        return status_of(files_.remove_tree(path));
    }

    IOStatus GetFileSize(const std::string& path,
                         const IOOptions&,
                         uint64_t* size,
                         IODebugContext*) override {
        if (const std::optional<std::uint64_t> known = sizes_->find(path)) {
            *size = *known;
            return IOStatus::OK();
        }
        const auto opened = open_file(path, {});
        *size = opened ? opened->size : 0;
        return status_of(opened);
    }

    IOStatus GetFileModificationTime(const std::string&,
                                     const IOOptions&,
                                     uint64_t* time,
                                     IODebugContext*) override {
        *time = 0;  // Only shown, never decided upon.
        return IOStatus::OK();
    }

    IOStatus RenameFile(const std::string& from,
                        const std::string& to,
                        const IOOptions&,
                        IODebugContext*) override {
        sizes_->forget(from);
        sizes_->forget(to);
        return status_of(files_.rename(from, to));
    }

    // The zone as a whole is locked (zone.lock); a database that hangs must not keep its successor
    // out.
    IOStatus LockFile(const std::string&,
                      const IOOptions&,
                      rocksdb::FileLock** lock,
                      IODebugContext*) override {
        *lock = new rocksdb::FileLock;
        return IOStatus::OK();
    }

    IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
        delete lock;
        return IOStatus::OK();
    }

    IOStatus GetTestDirectory(const IOOptions&, std::string*, IODebugContext*) override {
        return IOStatus::NotSupported();
    }

    IOStatus NewLogger(const std::string&,
                       const IOOptions&,
                       std::shared_ptr<rocksdb::Logger>*,
                       IODebugContext*) override {
        return IOStatus::NotSupported();
    }

    IOStatus GetAbsolutePath(const std::string& path,
                             const IOOptions&,
                             std::string* result,
                             IODebugContext*) override {
        *result = path;
        return IOStatus::OK();
    }

    IOStatus IsDirectory(const std::string& path,
                         const IOOptions&,
                         bool* is_directory,
                         IODebugContext*) override {
        *is_directory = files_.list(path).has_value();
        return IOStatus::OK();
    }

  private:
    Result<OpenedFile> open_file(const std::string& path, runtime::OpenFile how) {
        TRY(auto file, files_.open(path, how));
        TRY(const std::uint64_t size, file->size());
        return OpenedFile{.file = std::move(file), .size = size};
    }

    template <typename Kind, typename Base>
    IOStatus open(const std::string& path, runtime::OpenFile how, std::unique_ptr<Base>* result) {
        auto opened = open_file(path, how);
        if (opened) {
            *result = std::make_unique<Kind>(std::move(*opened));
        }
        return status_of(opened);
    }

    runtime::FileSystem& files_;
    const std::shared_ptr<KnownSizes> sizes_ = std::make_shared<KnownSizes>();
};

/// Background work of one database: a thread for flushes and one for compactions.
class OwnThreads final : public rocksdb::EnvWrapper {
  public:
    explicit OwnThreads(std::unique_ptr<rocksdb::Env> target)
        : EnvWrapper(target.get()),
          target_(std::move(target)),
          flushes_("rows-flush"),
          compactions_("rows-compact") {}

    const char* Name() const override { return "antipode"; }

    void Schedule(void (*function)(void*),
                  void* argument,
                  Priority priority,
                  void* tag,
                  void (*unschedule)(void*)) override {
        lane(priority).schedule({function, argument, tag, unschedule});
    }

    int UnSchedule(void* tag, Priority priority) override { return lane(priority).unschedule(tag); }

    unsigned int GetThreadPoolQueueLen(Priority priority) const override {
        return lane(priority).queued();
    }

    int GetBackgroundThreads(Priority priority) override {
        return priority == HIGH || priority == LOW ? 1 : 0;
    }

    void SetBackgroundThreads(int, Priority) override {}

    void IncBackgroundThreadsIfNeeded(int, Priority) override {}

    void LowerThreadPoolIOPriority(Priority) override {}

    void LowerThreadPoolCPUPriority(Priority) override {}

  private:
    struct Job {
        void (*function)(void*);
        void* argument;
        void* tag;
        void (*unschedule)(void*);
    };

    struct Lane {
        explicit Lane(const std::string& name)
            : thread(name, 1, std::numeric_limits<std::size_t>::max()) {}

        void schedule(Job job) {
            {
                const std::scoped_lock lock(state->mutex);
                state->jobs.push_back(job);
            }
            thread.post([shared = state] {
                std::unique_lock lock(shared->mutex);
                if (!shared->jobs.empty()) {
                    const Job next = shared->jobs.front();
                    shared->jobs.pop_front();
                    lock.unlock();
                    next.function(next.argument);
                }
            });
        }

        int unschedule(void* tag) {
            std::deque<Job> removed;
            {
                const std::scoped_lock lock(state->mutex);
                std::erase_if(state->jobs, [&](const Job& job) {
                    if (job.tag == tag) {
                        removed.push_back(job);
                    }
                    return job.tag == tag;
                });
            }
            for (const Job& job : removed) {
                if (job.unschedule != nullptr) {
                    job.unschedule(job.argument);
                }
            }
            return static_cast<int>(removed.size());
        }

        [[nodiscard]] unsigned int queued() const {
            const std::scoped_lock lock(state->mutex);
            return static_cast<unsigned int>(state->jobs.size());
        }

        struct State {
            std::mutex mutex;
            std::deque<Job> jobs;
        };

        std::shared_ptr<State> state = std::make_shared<State>();
        runtime::DiskThreads thread;
    };

    Lane& lane(Priority priority) { return priority == HIGH ? flushes_ : compactions_; }

    [[nodiscard]] const Lane& lane(Priority priority) const {
        return priority == HIGH ? flushes_ : compactions_;
    }

    std::unique_ptr<rocksdb::Env> target_;
    Lane flushes_;
    Lane compactions_;
};

}  // namespace

RocksFiles::RocksFiles(runtime::FileSystem& files)
    : env_(std::make_unique<OwnThreads>(
          rocksdb::NewCompositeEnv(std::make_shared<Adapter>(files)))) {}

RocksFiles::~RocksFiles() = default;

}  // namespace antipode::index

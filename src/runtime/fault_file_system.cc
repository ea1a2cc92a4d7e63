#include "runtime/fault_file_system.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "runtime/detail/file_faults.h"
#include "runtime/detail/unsynced_writes.h"

namespace antipode::runtime {

namespace {

std::unexpected<Error> injected(int error, const std::string& path) {
    return fail(ErrorCode::Io,
                fmt::format("{}: {} (injected)", path, std::generic_category().message(error)));
}

}  // namespace

struct FaultFileSystem::State {
    explicit State(FileSystem& files) : inner(files) {}

    FileSystem& inner;
    std::atomic<bool> any = false;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t generation = 0;
    std::map<std::string, FileFaults> by_prefix;
    /// Raised by each crash; a file opened before fails from then on.
    std::map<std::string, std::uint64_t> crashes;
    std::multimap<std::string, int> waiting;
    UnsyncedWrites unsynced;

    FileFaults faults_of(const std::string& path) const {
        FileFaults all;
        for (const auto& [prefix, one] : by_prefix) {
            if (covers(prefix, path)) {
                all = sum(all, one);
            }
        }
        return all;
    }

    std::uint64_t crashes_of(const std::string& path) const {
        const std::scoped_lock lock(mutex);
        std::uint64_t count = 0;
        for (const auto& [prefix, times] : crashes) {
            count += covers(prefix, path) ? times : 0;
        }
        return count;
    }

    /// Waits as long as the faults of `path` say and returns them as they are then.
    FileFaults enter(const std::string& path) {
        if (!any.load(std::memory_order_acquire)) {
            return {};
        }
        std::unique_lock lock(mutex);
        FileFaults now = faults_of(path);
        if (!now.hang && now.delay == Duration::zero()) {
            return now;
        }
        const auto place = waiting.emplace(path, 0);
        if (now.delay > Duration::zero()) {
            const std::uint64_t seen = generation;
            changed.wait_for(lock, now.delay, [&] { return generation != seen; });
            now = faults_of(path);
        }
        changed.wait(lock, [&] {
            now = faults_of(path);
            return !now.hang;
        });
        waiting.erase(place);
        return now;
    }

    /// For calls that only read.
    Result<FileFaults> enter_read(const std::string& path) {
        const FileFaults now = enter(path);
        if (now.fail_reads) {
            return injected(EIO, path);
        }
        return now;
    }

    /// For calls that change something. `grows`: needs new space.
    Result<FileFaults> enter_write(const std::string& path, bool grows) {
        const FileFaults now = enter(path);
        if (now.read_only) {
            return injected(EROFS, path);
        }
        if (now.fail_writes) {
            return injected(EIO, path);
        }
        if (now.no_space && grows) {
            return injected(ENOSPC, path);
        }
        return now;
    }

    class FaultFile;
};

class FaultFileSystem::State::FaultFile final : public File {
  public:
    FaultFile(std::shared_ptr<State> state, std::unique_ptr<File> inner, std::string path)
        : state_(std::move(state)),
          inner_(std::move(inner)),
          path_(std::move(path)),
          crashes_(state_->crashes_of(path_)) {}

    Result<void> read_at(std::uint64_t offset, MutableByteView into) override {
        TRY(const FileFaults faults, state_->enter_read(path_));
        TRY_VOID(check_alive(faults));
        TRY_VOID(inner_->read_at(offset, into));
        if (faults.flip_bit_in_one_of != 0) {
            flip_bits(path_, faults.flip_bit_in_one_of, offset, into);
        }
        return {};
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        TRY(const FileFaults faults, state_->enter_write(path_, false));
        TRY_VOID(check_alive(faults));
        if (faults.no_space) {
            TRY(const std::uint64_t size, inner_->size());
            if (offset + bytes.size() > size) {
                return injected(ENOSPC, path_);
            }
        }
        if (faults.track_unsynced) {
            TRY(auto plain, open_plain());
            TRY_VOID(state_->unsynced.before_write(path_, *plain, offset, bytes));
        }
        return inner_->write_at(offset, bytes);
    }

    Result<void> sync() override {
        const FileFaults faults = state_->enter(path_);
        TRY_VOID(check_alive(faults));
        if (faults.fail_syncs || faults.fail_writes) {
            return injected(EIO, path_);
        }
        TRY_VOID(inner_->sync());
        if (faults.track_unsynced) {
            state_->unsynced.synced(path_);
        }
        return {};
    }

    Result<std::uint64_t> size() override {
        TRY_VOID(state_->enter_read(path_));
        return inner_->size();
    }

    Result<void> truncate(std::uint64_t size) override {
        TRY(const FileFaults faults, state_->enter_write(path_, false));
        TRY_VOID(check_alive(faults));
        TRY(const std::uint64_t old_size, inner_->size());
        if (faults.no_space && size > old_size) {
            return injected(ENOSPC, path_);
        }
        if (faults.track_unsynced) {
            TRY(auto plain, open_plain());
            TRY_VOID(state_->unsynced.before_truncate(path_, *plain, size));
        }
        return inner_->truncate(size);
    }

  private:
    /// A handle without O_DIRECT, whose reads need no alignment.
    Result<std::unique_ptr<File>> open_plain() const {
        return state_->inner.open(path_, OpenFile{});
    }

    [[nodiscard]] Result<void> check_alive(const FileFaults& faults) const {
        if (faults.track_unsynced && state_->crashes_of(path_) != crashes_) {
            return fail(ErrorCode::Io, fmt::format("{}: opened before a crash (injected)", path_));
        }
        return {};
    }

    std::shared_ptr<State> state_;
    std::unique_ptr<File> inner_;
    std::string path_;
    std::uint64_t crashes_;
};

FaultFileSystem::FaultFileSystem(FileSystem& inner) : state_(std::make_shared<State>(inner)) {}

FaultFileSystem::~FaultFileSystem() = default;

void FaultFileSystem::set(const std::string& prefix, FileFaults faults) {
    const std::scoped_lock lock(state_->mutex);
    state_->by_prefix[prefix] = faults;
    ++state_->generation;
    state_->any.store(true, std::memory_order_release);
    state_->changed.notify_all();
}

void FaultFileSystem::clear(const std::string& prefix) {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->by_prefix.erase(prefix);
        ++state_->generation;
        state_->any.store(!state_->by_prefix.empty(), std::memory_order_release);
        state_->changed.notify_all();
    }
    state_->unsynced.forget(prefix);
}

void FaultFileSystem::clear_all() {
    std::vector<std::string> prefixes;
    {
        const std::scoped_lock lock(state_->mutex);
        for (const auto& [prefix, faults] : state_->by_prefix) {
            prefixes.push_back(prefix);
        }
    }
    for (const std::string& prefix : prefixes) {
        clear(prefix);
    }
}

std::size_t FaultFileSystem::waiting(const std::string& prefix) const {
    const std::scoped_lock lock(state_->mutex);
    std::size_t count = 0;
    for (const auto& [path, unused] : state_->waiting) {
        count += covers(prefix, path) ? 1 : 0;
    }
    return count;
}

Result<void> FaultFileSystem::crash(const std::string& prefix, Crash how) {
    {
        const std::scoped_lock lock(state_->mutex);
        ++state_->crashes[prefix];
    }
    return state_->unsynced.crash(
        prefix, state_->inner, how.survivors_seed.has_value() ? &*how.survivors_seed : nullptr);
}

Result<std::unique_ptr<File>> FaultFileSystem::open(const std::string& path, OpenFile how) {
    TRY(FileFaults faults,
        how.create ? Result<FileFaults>(state_->enter(path)) : state_->enter_read(path));
    bool is_new = false;
    if (how.create &&
        (faults.read_only || faults.fail_writes || faults.no_space || faults.track_unsynced)) {
        is_new = !state_->inner.open(path, OpenFile{}).has_value();
        if (is_new) {
            TRY(faults, state_->enter_write(path, true));
        }
    }
    TRY(auto file, state_->inner.open(path, how));
    if (is_new && faults.track_unsynced) {
        state_->unsynced.created(path);
    }
    return std::make_unique<State::FaultFile>(state_, std::move(file), path);
}

Result<void> FaultFileSystem::create_directories(const std::string& path) {
    TRY_VOID(state_->enter_write(path, true));
    return state_->inner.create_directories(path);
}

Result<std::vector<std::string>> FaultFileSystem::list(const std::string& path) {
    TRY_VOID(state_->enter_read(path));
    return state_->inner.list(path);
}

Result<void> FaultFileSystem::remove_file(const std::string& path) {
    TRY(const FileFaults faults, state_->enter_write(path, false));
    TRY_VOID(state_->inner.remove_file(path));
    if (faults.track_unsynced) {
        state_->unsynced.removed(path);
    }
    return {};
}

Result<void> FaultFileSystem::remove_tree(const std::string& path) {
    TRY(const FileFaults faults, state_->enter_write(path, false));
    TRY_VOID(state_->inner.remove_tree(path));
    if (faults.track_unsynced) {
        state_->unsynced.removed(path);
    }
    return {};
}

Result<void> FaultFileSystem::rename(const std::string& from, const std::string& to) {
    TRY(const FileFaults faults, state_->enter_write(from, false));
    TRY_VOID(state_->enter_write(to, false));
    TRY_VOID(state_->inner.rename(from, to));
    if (faults.track_unsynced) {
        state_->unsynced.renamed(from, to);
    }
    return {};
}

Result<void> FaultFileSystem::sync_directory(const std::string& path) {
    const FileFaults faults = state_->enter(path);
    if (faults.fail_syncs || faults.fail_writes) {
        return injected(EIO, path);
    }
    TRY_VOID(state_->inner.sync_directory(path));
    if (faults.track_unsynced) {
        state_->unsynced.directory_synced(path);
    }
    return {};
}

Result<std::string> FaultFileSystem::read_file(const std::string& path) {
    TRY(const FileFaults faults, state_->enter_read(path));
    TRY(std::string content, state_->inner.read_file(path));
    if (faults.flip_bit_in_one_of != 0) {
        flip_bits(path, faults.flip_bit_in_one_of, 0, std::as_writable_bytes(std::span(content)));
    }
    return content;
}

Result<void> FaultFileSystem::write_file_atomically(const std::string& path,
                                                    const std::string& content) {
    TRY(const FileFaults faults, state_->enter_write(path, true));
    if (faults.fail_syncs) {
        return injected(EIO, path);
    }
    TRY_VOID(state_->inner.write_file_atomically(path, content));
    if (faults.track_unsynced) {
        state_->unsynced.removed(path);  // Old history of that name; the new content is durable.
    }
    return {};
}

Result<std::uint64_t> FaultFileSystem::free_bytes(const std::string& path) {
    TRY(const FileFaults faults, state_->enter_read(path));
    if (faults.no_space) {
        return 0;
    }
    return state_->inner.free_bytes(path);
}

Result<std::unique_ptr<FileLock>> FaultFileSystem::lock(const std::string& path) {
    return state_->inner.lock(path);
}

std::optional<FileLock::FileId> FaultFileSystem::lock_id(const std::string& path) {
    return state_->inner.lock_id(path);
}

}  // namespace antipode::runtime

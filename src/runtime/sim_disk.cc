#include "runtime/sim_disk.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "runtime/detail/file_faults.h"
#include "runtime/detail/sim_files.h"
#include "runtime/detail/unsynced_writes.h"
#include "runtime/disk_condition.h"

namespace antipode::runtime {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kFreeBytes = std::uint64_t{1} << 40U;
/// What a call to a process that has died takes, so that nobody runs in circles at one moment.
constexpr Duration kDeadTime = 1ms;

std::unexpected<Error> errno_error(int error, const std::string& path) {
    return fail(error == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                fmt::format("{}: {}", path, std::generic_category().message(error)));
}

SimDiskFaults sum(SimDiskFaults left, const SimDiskFaults& right) {
    left.known = sum(left.known, right.known);
    left.lose_one_of = std::max(left.lose_one_of, right.lose_one_of);
    left.misdirect_one_of = std::max(left.misdirect_one_of, right.misdirect_one_of);
    return left;
}

}  // namespace

struct SimDisk::Tree {
    std::map<std::string, FileBytes> files;
    std::vector<std::string> directories;
};

struct SimDisk::State {
    explicit State(SimThreads& all) : threads(all) {}

    SimThreads& threads;
    SimTree tree;
    std::map<std::string, SimDiskFaults> by_prefix;
    std::mutex mutex;  // For `changed` only.
    DiskCondition changed;
    std::uint64_t generation = 0;
    std::uint64_t next_id = 1;

    [[nodiscard]] std::uint64_t random() const { return threads.executor().random(); }

    bool draw(std::uint32_t one_of) const { return one_of != 0 && random() % one_of == 0; }

    void look_again() {
        ++generation;
        changed.notify_all();
    }

    [[nodiscard]] SimDiskFaults faults_of(const std::string& path) const {
        SimDiskFaults all;
        for (const auto& [prefix, one] : by_prefix) {
            if (covers(prefix, path)) {
                all = sum(all, one);
            }
        }
        return all;
    }

    std::shared_ptr<SimNode> make_file(const std::string& path) {
        auto node = std::make_shared<SimNode>();
        node->id = next_id++;
        tree.files[path] = node;
        return node;
    }
};

/// One process's.
struct SimDisk::Mounted {
    enum class Kind : std::uint8_t { Read, Write, Sync };

    std::shared_ptr<State> disk;
    bool is_dead = false;

    /// Takes the time of the call; its faults as they are when it takes effect.
    Result<SimDiskFaults> enter(const std::string& path, Kind kind, bool grows = false) {
        State& state = *disk;
        CHECK(SimThreads::is_here());  // No executor waits for a disk.
        if (is_dead) {
            state.threads.park_for(kDeadTime);
        } else {
            state.threads.park_for(time_of(kind));
        }
        wait_as_faults_say(path);
        if (is_dead) {
            return fail(ErrorCode::Io, path + ": the process has died");
        }
        const SimDiskFaults faults = state.faults_of(path);
        if (kind == Kind::Read && faults.known.fail_reads) {
            return errno_error(EIO, path);
        }
        if (kind == Kind::Write && faults.known.read_only) {
            return errno_error(EROFS, path);
        }
        if (kind == Kind::Write && faults.known.fail_writes) {
            return errno_error(EIO, path);
        }
        if (kind == Kind::Write && faults.known.no_space && grows) {
            return errno_error(ENOSPC, path);
        }
        return faults;
    }

    [[nodiscard]] Duration time_of(Kind kind) const {
        const std::uint64_t draw = disk->random();
        const std::uint64_t part = draw >> 16U;
        if (kind == Kind::Sync) {
            return draw % 64 == 0 ? std::chrono::microseconds(2000 + part % 20'000)
                                  : std::chrono::microseconds(100 + part % 1500);
        }
        return std::chrono::microseconds(10 + part % 150);
    }

    void wait_as_faults_say(const std::string& path) {
        State& state = *disk;
        std::unique_lock lock(state.mutex);
        const Duration delay = state.faults_of(path).known.delay;
        if (delay > Duration::zero() && !is_dead) {
            const std::uint64_t seen = state.generation;
            state.changed.wait_for(
                lock, delay, [&] { return state.generation != seen || is_dead; });
        }
        state.changed.wait(lock, [&] { return is_dead || !state.faults_of(path).known.hang; });
    }

    Result<std::shared_ptr<SimNode>> open_node(const std::string& path, OpenFile how) {
        const auto found = disk->tree.files.find(path);
        if (found != disk->tree.files.end()) {
            if (how.create && how.exclusive) {
                return errno_error(EEXIST, path);
            }
            return found->second;
        }
        if (!how.create || !disk->tree.has_directory(parent_directory(path))) {
            return errno_error(ENOENT, path);
        }
        return disk->make_file(path);
    }

    class SimFile;
    class SimLock;
};

class SimDisk::Mounted::SimFile final : public File {
  public:
    SimFile(std::shared_ptr<Mounted> mounted, std::shared_ptr<SimNode> node, std::string path)
        : mounted_(std::move(mounted)), node_(std::move(node)), path_(std::move(path)) {}

    Result<void> read_at(std::uint64_t offset, MutableByteView into) override {
        TRY(const SimDiskFaults faults, mounted_->enter(path_, Kind::Read));
        if (offset + into.size() > node_->bytes.size()) {
            return fail(ErrorCode::Io, fmt::format("{}: unexpected end", path_));
        }
        std::ranges::copy(ByteView(node_->bytes).subspan(offset, into.size()), into.begin());
        if (faults.known.flip_bit_in_one_of != 0) {
            flip_bits(path_, faults.known.flip_bit_in_one_of, offset, into);
        }
        return {};
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        const bool grows = offset + bytes.size() > node_->bytes.size();
        TRY(const SimDiskFaults faults, mounted_->enter(path_, Kind::Write, grows));
        const State& state = *mounted_->disk;
        if (state.draw(faults.lose_one_of)) {
            return {};
        }
        const std::uint64_t blocks = node_->bytes.size() / kBlock;
        if (blocks > 0 && state.draw(faults.misdirect_one_of)) {
            const std::uint64_t place = state.random() % blocks * kBlock;
            node_->write(
                place,
                bytes.first(std::min<std::uint64_t>(bytes.size(), node_->bytes.size() - place)));
            return {};
        }
        node_->write(offset, bytes);
        return {};
    }

    Result<void> sync() override {
        TRY(const SimDiskFaults faults, mounted_->enter(path_, Kind::Sync));
        if (faults.known.fail_syncs || faults.known.fail_writes) {
            node_->fail_sync();
            return errno_error(EIO, path_);
        }
        node_->sync();
        return {};
    }

    Result<std::uint64_t> size() override {
        TRY_VOID(mounted_->enter(path_, Kind::Read));
        return node_->bytes.size();
    }

    Result<void> truncate(std::uint64_t size) override {
        TRY_VOID(mounted_->enter(path_, Kind::Write, size > node_->bytes.size()));
        node_->truncate(size);
        return {};
    }

  private:
    std::shared_ptr<Mounted> mounted_;
    std::shared_ptr<SimNode> node_;
    std::string path_;
};

class SimDisk::Mounted::SimLock final : public FileLock {
  public:
    /// `token` is of the process and this lock: free when either is gone.
    SimLock(std::uint64_t id, std::shared_ptr<const void> token)
        : FileLock(FileId(0, id)), token_(std::move(token)) {}

  private:
    std::shared_ptr<const void> token_;
};

SimDisk::SimDisk(SimThreads& threads) : state_(std::make_shared<State>(threads)) {}

SimDisk::~SimDisk() = default;

std::unique_ptr<SimDisk::Mount> SimDisk::mount() {
    auto mounted = std::make_shared<Mounted>();
    mounted->disk = state_;
    return std::make_unique<Mount>(std::move(mounted));
}

void SimDisk::set(const std::string& prefix, SimDiskFaults faults) {
    state_->by_prefix[prefix] = faults;
    state_->look_again();
}

void SimDisk::clear(const std::string& prefix) {
    state_->by_prefix.erase(prefix);
    state_->look_again();
}

void SimDisk::cut_power(const std::string& prefix) {
    std::erase_if(state_->tree.files, [&](const auto& entry) {
        return covers(prefix, entry.first) && !entry.second->is_name_durable &&
               state_->random() % 2 == 0;
    });
    for (const auto& [path, node] : state_->tree.files) {
        if (covers(prefix, path)) {
            node->is_name_durable = true;
            node->cut_power([this] { return state_->random(); });
        }
    }
}

std::shared_ptr<const SimDisk::Tree> SimDisk::take_away(const std::string& directory) {
    std::shared_ptr<const Tree> was = copy(directory);
    state_->tree.remove_tree(directory);
    return was;
}

std::shared_ptr<const SimDisk::Tree> SimDisk::copy(const std::string& directory) const {
    auto tree = std::make_shared<Tree>();
    for (const auto& [path, node] : state_->tree.files) {
        if (covers(directory, path)) {
            tree->files.emplace(path.substr(directory.size()), node->bytes);
        }
    }
    for (const std::string& path : state_->tree.directories) {
        if (covers(directory, path)) {
            tree->directories.push_back(path.substr(directory.size()));
        }
    }
    return tree;
}

void SimDisk::put(const std::string& directory, const std::shared_ptr<const Tree>& tree) {
    state_->tree.remove_tree(directory);
    state_->tree.make_directories(directory);
    for (const std::string& path : tree->directories) {
        state_->tree.make_directories(directory + path);
    }
    for (const auto& [path, bytes] : tree->files) {
        const auto node = state_->make_file(directory + path);
        node->bytes = bytes;
        node->is_name_durable = true;
    }
}

std::uint64_t SimDisk::bytes(const std::string& prefix) const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : state_->tree.files) {
        sum += covers(prefix, path) ? node->bytes.size() : 0;
    }
    return sum;
}

SimDisk::Mount::Mount(std::shared_ptr<Mounted> mounted) : mounted_(std::move(mounted)) {}

void SimDisk::Mount::die() {
    mounted_->is_dead = true;
    mounted_->disk->look_again();
}

Result<std::unique_ptr<File>> SimDisk::Mount::open(const std::string& path, OpenFile how) {
    const bool is_new = how.create && !mounted_->disk->tree.files.contains(path);
    TRY_VOID(mounted_->enter(path, is_new ? Mounted::Kind::Write : Mounted::Kind::Read, is_new));
    TRY(auto node, mounted_->open_node(path, how));
    return std::make_unique<Mounted::SimFile>(mounted_, std::move(node), path);
}

Result<void> SimDisk::Mount::create_directories(const std::string& path) {
    TRY_VOID(mounted_->enter(path, Mounted::Kind::Write, true));
    mounted_->disk->tree.make_directories(path);
    return {};
}

Result<std::vector<std::string>> SimDisk::Mount::list(const std::string& path) {
    TRY_VOID(mounted_->enter(path, Mounted::Kind::Read));
    if (!mounted_->disk->tree.has_directory(path)) {
        return errno_error(ENOENT, path);
    }
    return mounted_->disk->tree.names_in(path);
}

Result<void> SimDisk::Mount::remove_file(const std::string& path) {
    TRY_VOID(mounted_->enter(path, Mounted::Kind::Write));
    if (mounted_->disk->tree.files.erase(path) == 0) {
        return errno_error(ENOENT, path);
    }
    return {};
}

Result<void> SimDisk::Mount::remove_tree(const std::string& path) {
    TRY_VOID(mounted_->enter(path, Mounted::Kind::Write));
    mounted_->disk->tree.remove_tree(path);
    return {};
}

Result<void> SimDisk::Mount::rename(const std::string& from, const std::string& to) {
    TRY_VOID(mounted_->enter(to, Mounted::Kind::Write));
    auto& files = mounted_->disk->tree.files;
    const auto node = files.extract(from);
    if (node.empty()) {
        return errno_error(ENOENT, from);
    }
    node.mapped()->is_name_durable = true;
    files[to] = node.mapped();
    return {};
}

Result<void> SimDisk::Mount::sync_directory(const std::string& path) {
    TRY(const SimDiskFaults faults, mounted_->enter(path, Mounted::Kind::Sync));
    if (faults.known.fail_syncs || faults.known.fail_writes) {
        return errno_error(EIO, path);
    }
    if (!mounted_->disk->tree.has_directory(path)) {
        return errno_error(ENOENT, path);
    }
    for (auto& [file, node] : mounted_->disk->tree.files) {
        node->is_name_durable = node->is_name_durable || parent_directory(file) == path;
    }
    return {};
}

Result<std::string> SimDisk::Mount::read_file(const std::string& path) {
    TRY(const SimDiskFaults faults, mounted_->enter(path, Mounted::Kind::Read));
    TRY(const auto node, mounted_->open_node(path, {}));
    std::string content = to_string(node->bytes);
    if (faults.known.flip_bit_in_one_of != 0) {
        flip_bits(
            path, faults.known.flip_bit_in_one_of, 0, std::as_writable_bytes(std::span(content)));
    }
    return content;
}

Result<void> SimDisk::Mount::write_file_atomically(const std::string& path,
                                                   const std::string& content) {
    const std::string temporary = path + ".tmp";
    TRY(const auto file, open(temporary, OpenFile{.create = true}));
    TRY_VOID(file->truncate(0));
    TRY_VOID(file->write_at(0, as_bytes(content)));
    TRY_VOID(file->sync());
    return rename(temporary, path);
}

Result<std::uint64_t> SimDisk::Mount::free_bytes(const std::string& path) {
    TRY(const SimDiskFaults faults, mounted_->enter(path, Mounted::Kind::Read));
    return faults.known.no_space ? 0 : kFreeBytes;
}

Result<std::unique_ptr<FileLock>> SimDisk::Mount::lock(const std::string& path) {
    if (mounted_->is_dead) {
        return fail(ErrorCode::Io, path + ": the process has died");
    }
    TRY(const auto node, mounted_->open_node(path, OpenFile{.create = true}));
    const auto owner = std::static_pointer_cast<const bool>(node->locked_by.lock());
    if (owner && !*owner) {
        return fail(ErrorCode::Unavailable, fmt::format("{} is held by another process", path));
    }

    // Says whether its process is dead, and counts on nothing else of it.
    struct Token {
        std::shared_ptr<Mounted> mounted;
    };

    auto token = std::make_shared<Token>(mounted_);
    std::shared_ptr<const bool> held(token, &token->mounted->is_dead);
    node->locked_by = held;
    node->is_name_durable = true;
    return std::make_unique<Mounted::SimLock>(node->id, std::move(held));
}

std::optional<FileLock::FileId> SimDisk::Mount::lock_id(const std::string& path) {
    const auto node = mounted_->open_node(path, {});
    return node ? std::optional(FileLock::FileId(0, (*node)->id)) : std::nullopt;
}

}  // namespace antipode::runtime

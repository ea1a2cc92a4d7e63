#include "runtime/detail/unsynced_writes.h"

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <utility>

namespace antipode::runtime {

namespace {

constexpr std::size_t kSector = 512;

std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t value = state;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

Result<void> undo(File& file, const std::vector<UnsyncedChange>& changes) {
    for (const UnsyncedChange& change : changes | std::views::reverse) {
        TRY_VOID(file.truncate(change.old_size));
        TRY_VOID(file.write_at(change.offset, change.old_bytes));
    }
    return {};
}

Result<void> redo_some(File& file,
                       const std::vector<UnsyncedChange>& changes,
                       std::uint64_t& random) {
    for (const UnsyncedChange& change : changes) {
        for (std::size_t at = 0; at < change.new_bytes.size(); at += kSector) {
            const std::size_t size = std::min(kSector, change.new_bytes.size() - at);
            if (next_random(random) % 2 == 0) {
                TRY_VOID(file.write_at(change.offset + at,
                                       ByteView(change.new_bytes).subspan(at, size)));
            }
        }
    }
    return {};
}

}  // namespace

bool covers(const std::string& prefix, const std::string& path) {
    return path.starts_with(prefix) &&
           (path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/');
}

Result<void> UnsyncedWrites::before_write(const std::string& path,
                                          File& file,
                                          std::uint64_t offset,
                                          ByteView new_bytes) {
    const std::scoped_lock lock(mutex_);
    UnsyncedChange change;
    change.offset = offset;
    TRY(change.old_size, file.size());
    const std::uint64_t old_end = std::min(change.old_size, offset + new_bytes.size());
    if (old_end > offset) {
        change.old_bytes.resize(old_end - offset);
        TRY_VOID(file.read_at(offset, change.old_bytes));
    }
    change.new_bytes.assign(new_bytes.begin(), new_bytes.end());
    changes_[path].push_back(std::move(change));
    return {};
}

Result<void> UnsyncedWrites::before_truncate(const std::string& path,
                                             File& file,
                                             std::uint64_t new_size) {
    const std::scoped_lock lock(mutex_);
    UnsyncedChange change;
    TRY(change.old_size, file.size());
    change.offset = std::min(new_size, change.old_size);
    change.old_bytes.resize(change.old_size - change.offset);
    TRY_VOID(file.read_at(change.offset, change.old_bytes));
    changes_[path].push_back(std::move(change));
    return {};
}

void UnsyncedWrites::created(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    created_.insert(path);
}

void UnsyncedWrites::synced(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    changes_.erase(path);
}

void UnsyncedWrites::directory_synced(const std::string& directory) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(created_, [&](const std::string& path) {
        return std::filesystem::path(path).parent_path() == std::filesystem::path(directory);
    });
}

void UnsyncedWrites::removed(const std::string& path) {
    forget(path);
}

void UnsyncedWrites::renamed(const std::string& from, const std::string& to) {
    const std::scoped_lock lock(mutex_);
    // The rename itself is durable (FileSystem::rename), so the new name no longer depends on the
    // old one's creation.
    created_.erase(from);
    created_.erase(to);
    changes_.erase(to);
    if (auto node = changes_.extract(from)) {
        node.key() = to;
        changes_.insert(std::move(node));
    }
}

void UnsyncedWrites::forget(const std::string& prefix) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(changes_, [&](const auto& entry) { return covers(prefix, entry.first); });
    std::erase_if(created_, [&](const std::string& path) { return covers(prefix, path); });
}

Result<void> UnsyncedWrites::crash(const std::string& prefix,
                                   FileSystem& files,
                                   const std::uint64_t* survivors_seed) {
    const std::scoped_lock lock(mutex_);
    std::uint64_t random = survivors_seed != nullptr ? *survivors_seed : 0;
    for (const auto& [path, changes] : changes_) {
        if (!covers(prefix, path)) {
            continue;
        }
        TRY(auto file, files.open(path, OpenFile{}));
        TRY_VOID(undo(*file, changes));
        if (survivors_seed != nullptr) {
            TRY_VOID(redo_some(*file, changes, random));
        }
    }
    for (const std::string& path : created_) {
        const bool survives = survivors_seed != nullptr && next_random(random) % 2 == 0;
        if (covers(prefix, path) && !survives) {
            TRY_VOID(files.remove_file(path));
        }
    }
    std::erase_if(changes_, [&](const auto& entry) { return covers(prefix, entry.first); });
    std::erase_if(created_, [&](const std::string& path) { return covers(prefix, path); });
    return {};
}

}  // namespace antipode::runtime

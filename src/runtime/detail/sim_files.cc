#include "runtime/detail/sim_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/detail/unsynced_writes.h"

namespace antipode::runtime {

namespace {

constexpr std::uint64_t kPiece = 512;

void overwrite(FileBytes& bytes, std::uint64_t offset, ByteView with) {
    if (bytes.size() < offset + with.size()) {
        bytes.resize(offset + with.size());
    }
    std::ranges::copy(with, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

std::string parent_directory(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

void SimNode::write(std::uint64_t offset, ByteView what) {
    Change change{.offset = offset,
                  .old_bytes = {},
                  .new_bytes = FileBytes(what.begin(), what.end()),
                  .old_size = bytes.size(),
                  .truncated_to = {}};
    if (offset < bytes.size()) {
        const std::uint64_t end = std::min<std::uint64_t>(bytes.size(), offset + what.size());
        change.old_bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                                bytes.begin() + static_cast<std::ptrdiff_t>(end));
    }
    overwrite(bytes, offset, what);
    changes.push_back(std::move(change));
}

void SimNode::truncate(std::uint64_t size) {
    Change change{.offset = size,
                  .old_bytes = {},
                  .new_bytes = {},
                  .old_size = bytes.size(),
                  .truncated_to = size};
    if (size < bytes.size()) {
        change.old_bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end());
    }
    bytes.resize(size);
    changes.push_back(std::move(change));
}

void SimNode::sync() {
    for (const Change& change : changes) {
        std::erase_if(doomed, [&](const Change& old) {
            return change.truncated_to || (old.offset < change.offset + change.new_bytes.size() &&
                                           change.offset < old.offset + old.new_bytes.size());
        });
    }
    for (Change& old : doomed) {
        old.old_size = std::max<std::uint64_t>(old.old_size, bytes.size());
    }
    changes.clear();
}

void SimNode::fail_sync() {
    std::ranges::move(std::exchange(changes, {}), std::back_inserter(doomed));
}

void SimNode::cut_power(const std::function<std::uint64_t()>& random) {
    std::vector<Change> lost = std::exchange(doomed, {});
    std::ranges::move(std::exchange(changes, {}), std::back_inserter(lost));
    for (auto change = lost.rbegin(); change != lost.rend(); ++change) {
        overwrite(bytes, change->offset, change->old_bytes);
        bytes.resize(change->old_size);
    }
    // What the disk had done all the same, in any order as far as places do not overlap.
    for (const Change& change : lost) {
        if (change.truncated_to) {
            if (random() % 2 == 0) {
                bytes.resize(*change.truncated_to);
            }
            continue;
        }
        const std::uint64_t all_of = random() % 4;  // 0: nothing, 1: all, else pieces.
        for (std::uint64_t at = 0; at < change.new_bytes.size() && all_of != 0; at += kPiece) {
            if (all_of == 1 || random() % 2 == 0) {
                const std::uint64_t size =
                    std::min<std::uint64_t>(kPiece, change.new_bytes.size() - at);
                overwrite(bytes, change.offset + at, ByteView(change.new_bytes).subspan(at, size));
            }
        }
    }
}

void SimTree::make_directories(const std::string& path) {
    for (std::string at = path; at != "/" && directories.insert(at).second;) {
        at = parent_directory(at);
    }
}

std::vector<std::string> SimTree::names_in(const std::string& directory) const {
    std::vector<std::string> names;
    const auto note = [&](const std::string& path) {
        if (parent_directory(path) == directory) {
            names.push_back(path.substr(path.rfind('/') + 1));
        }
    };
    for (auto file = files.lower_bound(directory); file != files.end(); ++file) {
        if (!file->first.starts_with(directory)) {
            break;
        }
        note(file->first);
    }
    for (auto one = directories.lower_bound(directory);
         one != directories.end() && one->starts_with(directory);
         ++one) {
        note(*one);
    }
    std::ranges::sort(names);
    return names;
}

void SimTree::remove_tree(const std::string& path) {
    std::erase_if(files, [&](const auto& entry) { return covers(path, entry.first); });
    std::erase_if(directories, [&](const std::string& one) { return covers(path, one); });
}

}  // namespace antipode::runtime

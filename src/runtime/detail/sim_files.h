#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace antipode::runtime {

/// Unlike Bytes it grows by zeros, as files do.
using FileBytes = std::vector<std::byte>;

/// A file of a simulated disk, with what a power cut would undo.
struct SimNode {
    /// One change that no sync has covered.
    struct Change {
        std::uint64_t offset = 0;
        FileBytes old_bytes;  ///< As far as the file reached.
        FileBytes new_bytes;
        std::uint64_t old_size = 0;
        std::optional<std::uint64_t> truncated_to;
    };

    std::uint64_t id = 0;
    FileBytes bytes;
    std::vector<Change> changes;
    /// A sync of them has failed: a later one that succeeds does not cover them.
    std::vector<Change> doomed;
    bool is_name_durable = false;
    std::weak_ptr<const void> locked_by;

    void write(std::uint64_t offset, ByteView what);
    void truncate(std::uint64_t size);

    void sync();
    void fail_sync();

    /// Some of what is not synced is lost; `random` draws.
    void cut_power(const std::function<std::uint64_t()>& random);
};

/// Files and directories by path.
struct SimTree {
    std::map<std::string, std::shared_ptr<SimNode>> files;
    std::set<std::string> directories;

    [[nodiscard]] bool has_directory(const std::string& path) const {
        return directories.contains(path);
    }

    void make_directories(const std::string& path);
    [[nodiscard]] std::vector<std::string> names_in(const std::string& directory) const;
    void remove_tree(const std::string& path);
};

std::string parent_directory(const std::string& path);

}  // namespace antipode::runtime

#pragma once

#include <memory>

#include <rocksdb/env.h>

#include "runtime/file_system.h"

namespace antipode::index {

/// RocksDB's files through our own door, so that whatever is wrong with a zone is wrong for its
/// rows too, in drills and tests as in life. Each zone has background threads of its own: a flush
/// that hangs in one does not keep the others from theirs.
class RocksFiles {
  public:
    /// `files` outlives the database.
    explicit RocksFiles(runtime::FileSystem& files);
    ~RocksFiles();
    RocksFiles(const RocksFiles&) = delete;
    RocksFiles& operator=(const RocksFiles&) = delete;

    [[nodiscard]] rocksdb::Env* env() const { return env_.get(); }

  private:
    std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace antipode::index

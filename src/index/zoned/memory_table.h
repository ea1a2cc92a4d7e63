#pragma once

#include <memory>

#include "index/zoned/row_table.h"

namespace antipode::index {

/// Tables that keep all their rows in memory and write them whole to DIRECTORY/table when they are
/// flushed: small and, unlike RocksDB, without threads of its own, so that a simulation with the
/// same seed goes the same way. About half of what was flushed counts as not being in memory, and
/// is read only with a look at the disk.
std::unique_ptr<RowTables> make_memory_tables();

}  // namespace antipode::index

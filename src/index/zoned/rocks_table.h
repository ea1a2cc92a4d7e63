#pragma once

#include <cstddef>
#include <memory>

#include "index/zoned/row_table.h"

namespace antipode::index {

/// Tables that are RocksDB databases. They share a cache of `cache_bytes`, and in it at most
/// `write_buffer_bytes` of rows that are not flushed yet.
std::unique_ptr<RowTables> make_rocks_tables(std::size_t cache_bytes,
                                             std::size_t write_buffer_bytes);

}  // namespace antipode::index

#pragma once

#include <optional>

#include "index/index_store.h"
#include "index/zoned/row_table.h"
#include "index/zoned/sequencer.h"

namespace antipode::index {

/// One page of a scan: the rows of the table, with what the overlay knows better put over them,
/// as of one moment. The caller holds a pin. Empty when `from` is Memory and memory does not have
/// all of it.
Result<std::optional<ScanPage>> merge_scan(const Sequencer& sequencer,
                                           RowTable& rows,
                                           const PartitionId& partition,
                                           const ScanRange& range,
                                           ReadFrom from);

}  // namespace antipode::index

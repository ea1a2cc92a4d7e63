#pragma once

#include "oss/exchange.h"

namespace antipode::oss {

/// When `error` says that a delete marker was met, the answer shows which: x-oss-delete-marker and
/// x-oss-version-id.
void note_delete_marker(Exchange& x, Error& error);

}  // namespace antipode::oss

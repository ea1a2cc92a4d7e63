#pragma once

#include "base/error_code.h"

namespace antipode::admin {

/// The HTTP status of a failure of the admin API.
int http_status(ErrorCode code);

}  // namespace antipode::admin

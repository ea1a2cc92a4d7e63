#pragma once

#include <boost/json/value.hpp>

#include "base/result.h"
#include "cli/command.h"
#include "cli/session.h"

namespace antipode::cli {

/// Sends one command, signed, and waits for its answer. The server's refusals come as errors with
/// its sentence.
Result<boost::json::value> call(const Session& session, const Command& command);

}  // namespace antipode::cli

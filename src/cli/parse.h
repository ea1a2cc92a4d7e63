#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/session.h"

namespace antipode::cli {

struct Parsed {
    SessionChoice session;
    bool json = false;
    Command command;
    std::string help;  ///< Not empty: print it and end.
};

/// Arguments after "antipode admin". An unknown option or command is an error that names the
/// nearest.
Result<Parsed> parse(std::vector<std::string> arguments);

}  // namespace antipode::cli

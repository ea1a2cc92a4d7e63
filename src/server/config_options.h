#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/config.h"

namespace antipode::server {

/// What was said before it is put together: some options only make sense in combination.
struct Draft {
    Config config;
    std::string data;
    std::vector<std::string> zones;
    std::string link_secret_file;
    std::string regions_file;
    std::string event_webhook_secret_file;
    std::string config_file;
};

/// One flag of the command line and key of the file.
struct Option {
    enum class Kind : std::uint8_t { Value, Values, Switch };

    std::string name;  ///< Without "--".
    Kind kind = Kind::Value;
    std::string shown;  ///< What the help calls its value: "DIR".
    std::string help;
    /// Takes the value or values (a switch: "true" or "false"). Its error says what is wrong with
    /// the value only.
    std::function<Result<void>(Draft&, const std::vector<std::string>&)> take;
};

const std::vector<Option>& options();

}  // namespace antipode::server

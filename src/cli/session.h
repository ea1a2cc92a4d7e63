#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/file_system.h"

namespace antipode::cli {

/// Where to ask and as whom.
struct Session {
    std::string address;  ///< "host:port"
    bool tls = false;
    std::string access_key;
    std::string secret;
};

/// What the command line says about it; empty = not given.
struct SessionChoice {
    std::string endpoint;  ///< URL
    std::string profile;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The endpoint: --endpoint, else ANTIPODE_ENDPOINT, else the profile's, else
/// http://127.0.0.1:9000. The credential: of the profile when one is named, else
/// ANTIPODE_ACCESS_KEY and ANTIPODE_SECRET_KEY, else of the profile "default". Profiles are the
/// tables of ~/.config/antipode/admin.toml ($XDG_CONFIG_HOME), with endpoint, access-key,
/// secret-key.
Result<Session> open_session(const SessionChoice& choice,
                             const Environment& environment,
                             runtime::FileSystem& files);

}  // namespace antipode::cli

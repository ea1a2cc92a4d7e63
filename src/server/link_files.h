#pragma once

#include <string>

#include "runtime/link_network.h"

namespace antipode::server {

/// What `antipode admin link create` puts into a directory; nothing for no directory.
inline runtime::LinkTls link_files(const std::string& directory) {
    if (directory.empty()) {
        return {};
    }
    return {.own = {.certificate_file = directory + "/certificate.pem",
                    .key_file = directory + "/key.pem"},
            .trusted_file = directory + "/trusted.pem"};
}

}  // namespace antipode::server

#include "server/refuse_extras.h"

#include <fmt/format.h>

#include "codec/nearest.h"

namespace antipode::server {

Result<void> refuse_extras(std::string_view program,
                           const std::vector<std::string>& extras,
                           const std::vector<std::string>& known) {
    if (extras.empty()) {
        return {};
    }
    const std::string name = extras.front().substr(0, extras.front().find('='));
    if (!name.starts_with("-")) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes no argument '{}'; options begin with --", program, name));
    }
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("unknown option {}; the nearest is {}", name, codec::nearest(name, known)));
}

}  // namespace antipode::server

#pragma once

#include <string_view>

#include "base/result.h"

// How operators name regions and machines. Errors are one sentence that repeats what was given.
namespace antipode::server {

/// "cn-hangzhou"
Result<void> check_region(std::string_view text);
/// "host:port", with the host of IPv6 in brackets.
Result<void> check_address(std::string_view text, bool may_be_any_port);
/// "storage.example.com"
Result<void> check_host_name(std::string_view text);

}  // namespace antipode::server

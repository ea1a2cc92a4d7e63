#pragma once

#include <string_view>

#include "http/message.h"
#include "model/object_version.h"
#include "s3/detail/call.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// The grants that a canned ACL stands for.
[[nodiscard]] http::Response acl_response(const AccountId& owner, Acl acl);

/// From x-amz-acl, or from an AccessControlPolicy whose grants are those of a canned ACL;
/// NotImplemented for others.
Task<S3Result<Acl>> read_acl(Call& call);

/// The body alone (for read_acl and the fuzz target).
[[nodiscard]] S3Result<Acl> parse_acl_xml(std::string_view text);

}  // namespace antipode::s3

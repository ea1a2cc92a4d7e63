#pragma once

#include "protocol/form.h"
#include "s3/detail/authentication.h"

namespace antipode::s3 {

/// Checks the signature of a form's policy, V4 (x-amz-*) or V2 (AWSAccessKeyId); a form without one
/// is anonymous. What the policy says is not checked here. AWS, "Authenticating Requests in
/// Browser-Based Uploads Using POST".
[[nodiscard]] S3Result<Authentication> authenticate_form(const SigningContext& context,
                                                         const protocol::Form& form);

}  // namespace antipode::s3

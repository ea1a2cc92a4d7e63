#pragma once

#include "http/message.h"
#include "protocol/parsed_request.h"
#include "s3/detail/errors.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

/// The verb of a request, from its method, its level (service, bucket, object) and its
/// sub-resource. NotImplemented names a sub-resource of S3 that is not built; parameters that S3
/// does not know are ignored, as S3 does.
[[nodiscard]] S3Result<Verb> route(const http::Request& request,
                                   const protocol::ParsedRequest& parsed);

}  // namespace antipode::s3

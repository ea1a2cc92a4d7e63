#pragma once

#include "object/object_service.h"
#include "s3/detail/call.h"

namespace antipode::s3 {

/// The upload that ?uploadId= names.
[[nodiscard]] inline object::UploadName upload_name_of(const Call& call) {
    return {.bucket = call.bucket(),
            .key = call.key(),
            .upload_id = std::string(call.query().get("uploadId"))};
}

}  // namespace antipode::s3

#include "s3/detail/delete_marker.h"

#include <utility>

#include "model/version_order.h"

namespace antipode::s3 {

S3Error read_error(Error error, const std::optional<std::string>& version_id) {
    if (error.code == ErrorCode::IsDeleteMarker) {
        S3Error refused(words::kMethodNotAllowed);
        refused.headers.emplace_back("x-amz-delete-marker", "true");
        refused.headers.emplace_back("Allow", "DELETE");
        if (version_id) {
            refused.headers.emplace_back("x-amz-version-id", *version_id);
        }
        return refused;
    }
    // object/ puts the marker's version id where the sentence would be.
    const bool names_marker =
        error.message == kNullVersionId || parse_version_id(error.message).has_value();
    if (error.code == ErrorCode::NoSuchKey && names_marker) {
        S3Error refused{Error{ErrorCode::NoSuchKey, {}}};
        refused.headers.emplace_back("x-amz-delete-marker", "true");
        refused.headers.emplace_back("x-amz-version-id", error.message);
        return refused;
    }
    return S3Error(std::move(error));
}

}  // namespace antipode::s3

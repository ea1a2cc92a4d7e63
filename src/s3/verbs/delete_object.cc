#include <utility>

#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> delete_object(Call& call) {
    object::DeleteObjectRequest request;
    request.bucket = call.bucket();
    request.key = call.key();
    CO_TRY(request.version_id, version_id_of(call));
    CO_TRY(const object::Deleted deleted,
           co_await call.objects.delete_object(call.caller, std::move(request)));
    http::Response response = empty_response(204);
    if (deleted.show_version_id) {
        response.headers.add("x-amz-version-id", deleted.version_id);
    }
    if (deleted.is_delete_marker) {
        response.headers.add("x-amz-delete-marker", "true");
    }
    co_return response;
}

}  // namespace antipode::s3

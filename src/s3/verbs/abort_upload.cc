#include "s3/detail/render.h"
#include "s3/detail/upload_name.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> abort_upload(Call& call) {
    object::UploadName upload = upload_name_of(call);
    CO_TRY_VOID(co_await call.objects.abort_upload(call.caller, std::move(upload)));
    co_return empty_response(204);
}

}  // namespace antipode::s3

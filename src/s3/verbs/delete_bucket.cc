#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> delete_bucket(Call& call) {
    CO_TRY_VOID(co_await call.buckets.delete_bucket(call.caller, call.bucket()));
    co_return empty_response(204);
}

}  // namespace antipode::s3

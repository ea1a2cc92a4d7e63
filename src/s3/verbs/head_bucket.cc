#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> head_bucket(Call& call) {
    CO_TRY_VOID(co_await call.buckets.head_bucket(call.caller, call.bucket()));
    http::Response response = empty_response(200);
    response.headers.add("x-amz-bucket-region", call.buckets.region());
    response.headers.add("x-amz-access-point-alias", "false");
    co_return response;
}

}  // namespace antipode::s3

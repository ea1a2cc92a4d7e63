#include "s3/detail/acl_xml.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> get_bucket_acl(Call& call) {
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    co_return acl_response(bucket.owner, bucket.acl);
}

Task<Answer> put_bucket_acl(Call& call) {
    CO_TRY(const Acl acl, co_await read_acl(call));
    CO_TRY_VOID(co_await call.buckets.put_bucket_acl(call.caller, call.bucket(), acl));
    co_return empty_response(200);
}

}  // namespace antipode::s3

#include <utility>

#include "s3/detail/attributes.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/tagging.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> get_bucket_tagging(Call& call) {
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    if (bucket.tags.empty()) {
        co_return refuse(words::kNoSuchTagSet);
    }
    co_return tagging_response(bucket.tags);
}

Task<Answer> put_bucket_tagging(Call& call) {
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(NamedValues tags, parse_tagging(body, kBucketTagsMax));
    CO_TRY_VOID(co_await call.buckets.put_bucket_tags(call.caller, call.bucket(), std::move(tags)));
    co_return empty_response(204);
}

Task<Answer> delete_bucket_tagging(Call& call) {
    CO_TRY_VOID(co_await call.buckets.put_bucket_tags(call.caller, call.bucket(), NamedValues()));
    co_return empty_response(204);
}

}  // namespace antipode::s3

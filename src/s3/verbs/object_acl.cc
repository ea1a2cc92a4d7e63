#include <utility>

#include "s3/detail/acl_xml.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> get_object_acl(Call& call) {
    CO_TRY(std::optional<std::string> version_id, version_id_of(call));
    object::VersionName name{
        .bucket = call.bucket(), .key = call.key(), .version_id = std::move(version_id)};
    CO_TRY(const object::Written found,
           co_await call.objects.describe_object(call.caller, std::move(name)));
    Acl acl = found.version.attributes.acl;
    if (acl == Acl::Default) {
        CO_TRY(const Bucket bucket, co_await call.buckets.head_bucket(call.caller, call.bucket()));
        acl = bucket.acl;
    }
    http::Response response = acl_response(found.version.owner, acl);
    if (found.show_version_id) {
        response.headers.add("x-amz-version-id", found.version.version_id());
    }
    co_return response;
}

Task<Answer> put_object_acl(Call& call) {
    CO_TRY(std::optional<std::string> version_id, version_id_of(call));
    CO_TRY(const Acl acl, co_await read_acl(call));
    object::VersionName name{
        .bucket = call.bucket(), .key = call.key(), .version_id = std::move(version_id)};
    CO_TRY(const object::Written written,
           co_await call.objects.put_object_acl(call.caller, std::move(name), acl));
    http::Response response = empty_response(200);
    if (written.show_version_id) {
        response.headers.add("x-amz-version-id", written.version.version_id());
    }
    co_return response;
}

}  // namespace antipode::s3

#include <utility>

#include "s3/detail/attributes.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/tagging.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

S3Result<object::VersionName> name_of(const Call& call) {
    TRY(std::optional<std::string> version_id, version_id_of(call));
    return object::VersionName{
        .bucket = call.bucket(), .key = call.key(), .version_id = std::move(version_id)};
}

http::Response with_version(http::Response response, const object::Written& written) {
    if (written.show_version_id) {
        response.headers.add("x-amz-version-id", written.version.version_id());
    }
    return response;
}

}  // namespace

Task<Answer> get_object_tagging(Call& call) {
    CO_TRY(object::VersionName name, name_of(call));
    CO_TRY(const object::Written found,
           co_await call.objects.describe_object(call.caller, std::move(name)));
    co_return with_version(tagging_response(found.version.attributes.tags), found);
}

Task<Answer> put_object_tagging(Call& call) {
    CO_TRY(object::VersionName name, name_of(call));
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(NamedValues tags, parse_tagging(body, kObjectTagsMax));
    CO_TRY(const object::Written written,
           co_await call.objects.put_object_tags(call.caller, std::move(name), std::move(tags)));
    co_return with_version(empty_response(200), written);
}

Task<Answer> delete_object_tagging(Call& call) {
    CO_TRY(object::VersionName name, name_of(call));
    CO_TRY(const object::Written written,
           co_await call.objects.put_object_tags(call.caller, std::move(name), NamedValues()));
    co_return with_version(empty_response(204), written);
}

}  // namespace antipode::s3

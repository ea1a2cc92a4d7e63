#include "codec/xml_writer.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> get_bucket_location(Call& call) {
    CO_TRY_VOID(co_await call.buckets.find_bucket(call.caller, call.bucket()));
    codec::XmlWriter xml;
    xml.open("LocationConstraint", kNamespace).text(call.buckets.region()).close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "oss/handlers.h"
#include "runtime/executor.h"

/// Retention policies ("BucketWorm"): on trial for a day, then locked for good or gone.
namespace antipode::oss {

namespace {

Task<Result<std::uint32_t>> read_days(Exchange& x, std::string_view root_name) {
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(const codec::XmlElement root, codec::parse_xml(body));
    const codec::XmlElement* days = root.child("RetentionPeriodInDays");
    if (root.name != root_name || days == nullptr) {
        co_return fail(ErrorCode::MalformedXml);
    }
    const auto number = parse_number(days->text);
    if (!number || *number > kRetentionDaysMax) {
        x.detail.code = "InvalidWORMConfiguration";
        co_return fail(ErrorCode::InvalidArgument,
                       "The retention period must be between 1 and 25550 days.");
    }
    co_return static_cast<std::uint32_t>(*number);
}

void name_refusal(ErrorDetail& detail, ErrorCode code) {
    if (code == ErrorCode::InvalidArgument || code == ErrorCode::InvalidRequest) {
        detail.code = "InvalidWORMConfiguration";
    } else if (code == ErrorCode::ObjectAlreadyExists) {
        detail.code = "WORMConfigurationAlreadyExists";
    } else if (code == ErrorCode::NoSuchConfiguration) {
        detail.code = "NoSuchWORMConfiguration";
    } else if (code == ErrorCode::ObjectImmutable) {
        detail.code = "WORMConfigurationLocked";
        detail.status = 403;
    }
}

Task<Result<std::string>> change(Exchange& x, RetentionChange change) {
    auto done =
        co_await x.services.buckets.change_retention(x.caller, x.bucket(), std::move(change));
    if (!done) {
        name_refusal(x.detail, done.error().code);
    }
    co_return done;
}

std::string asked_id(const Exchange& x) {
    return std::string(x.query().get("wormId"));
}

}  // namespace

Task<Result<http::Response>> initiate_bucket_worm(Exchange& x) {
    CO_TRY(const std::uint32_t days, co_await read_days(x, "InitiateWormConfiguration"));
    RetentionChange initiate{.step = RetentionStep::Initiate, .id = {}, .days = days};
    CO_TRY(std::string id, co_await change(x, std::move(initiate)));
    http::Response response = empty_response();
    response.headers.add("x-oss-worm-id", std::move(id));
    co_return response;
}

Task<Result<http::Response>> abort_bucket_worm(Exchange& x) {
    RetentionChange abort{.step = RetentionStep::Abort, .id = {}};
    CO_TRY_VOID(co_await change(x, std::move(abort)));
    co_return empty_response(204);
}

Task<Result<http::Response>> complete_bucket_worm(Exchange& x) {
    RetentionChange complete{.step = RetentionStep::Complete, .id = asked_id(x)};
    CO_TRY_VOID(co_await change(x, std::move(complete)));
    co_return empty_response();
}

Task<Result<http::Response>> extend_bucket_worm(Exchange& x) {
    CO_TRY(const std::uint32_t days, co_await read_days(x, "ExtendWormConfiguration"));
    RetentionChange extend{.step = RetentionStep::Extend, .id = asked_id(x), .days = days};
    CO_TRY_VOID(co_await change(x, std::move(extend)));
    co_return empty_response();
}

Task<Result<http::Response>> get_bucket_worm(Exchange& x) {
    CO_TRY(const Bucket bucket, co_await x.services.buckets.find_bucket(x.caller, x.bucket()));
    const auto now_ms = runtime::Executor::current().wall_now().time_since_epoch().count();
    if (!bucket.retention || !bucket.retention->is_in_force(now_ms)) {
        x.detail.code = "NoSuchWORMConfiguration";
        co_return fail(ErrorCode::NoSuchConfiguration, "The WORM Configuration does not exist.");
    }
    const Retention& retention = *bucket.retention;
    codec::XmlWriter xml;
    xml.open("WormConfiguration")
        .element("WormId", retention.id)
        .element("State", retention.is_locked ? "Locked" : "InProgress")
        .element("RetentionPeriodInDays", retention.days)
        .element("CreationDate", xml_time(retention.created_ms));
    if (!retention.is_locked) {
        xml.element("ExpirationDate", xml_time(retention.created_ms + kRetentionTrialMs));
    }
    xml.close();
    co_return xml_response(xml.take());
}

}  // namespace antipode::oss

#include <algorithm>

#include "codec/xml_writer.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/replication_xml.h"
#include "s3/detail/said_in_oss.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> get_bucket_replication(Call& call) {
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    std::vector<ReplicationRule> rules;
    std::ranges::copy_if(bucket.rules, std::back_inserter(rules), [](const ReplicationRule& rule) {
        return rule.status != ReplicationStatus::Closing;
    });
    if (rules.empty()) {
        co_return refuse(words::kNoSuchReplication);
    }
    for (const ReplicationRule& rule : rules) {
        if (const std::string_view words = said_only_in_oss(rule); !words.empty()) {
            co_return refuse_said_in_oss(rule.id, words);
        }
    }
    codec::XmlWriter xml;
    write_replication(xml, rules);
    co_return xml_response(xml);
}

Task<Answer> put_bucket_replication(Call& call) {
    if (call.rules == nullptr) {
        co_return refuse_not_implemented("PUT ?replication in a region without replication");
    }
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    CO_TRY(auto rules, parse_replication(body, bucket.owner.str()));
    CO_TRY_VOID(co_await call.rules->replace_rules(call.caller, call.bucket(), std::move(rules)));
    co_return empty_response(200);
}

Task<Answer> delete_bucket_replication(Call& call) {
    CO_TRY_VOID(co_await call.buckets.find_bucket(call.caller, call.bucket()));
    if (call.rules != nullptr) {
        CO_TRY_VOID(co_await call.rules->replace_rules(call.caller, call.bucket(), {}));
    }
    co_return empty_response(204);
}

}  // namespace antipode::s3

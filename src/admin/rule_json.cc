#include "admin/rule_json.h"

#include <boost/json/array.hpp>

#include "admin/json_fields.h"

namespace antipode::admin {

namespace {

/// Nothing when the field is missing.
Result<boost::json::array> list(const boost::json::value& value, std::string_view name) {
    const boost::json::value* field = value.get_object().if_contains(name);
    if (field == nullptr) {
        return boost::json::array{};
    }
    if (!field->is_array()) {
        return fail(ErrorCode::InvalidArgument,
                    "the field '" + std::string(name) + "' takes a list");
    }
    return field->get_array();
}

Result<void> take_action(ReplicationRule& rule, const std::string& action) {
    if (action != "ALL" && action != "PUT") {
        return fail(ErrorCode::InvalidArgument, "the field 'action' takes ALL or PUT");
    }
    rule.action_text = action;
    rule.actions = action == "ALL" ? kReplicateAll : kReplicatePut;
    return {};
}

Result<void> take_transfer(ReplicationRule& rule, const std::string& transfer) {
    if (transfer != "internal" && transfer != "oss_acc") {
        return fail(ErrorCode::InvalidArgument, "the field 'transfer' takes internal or oss_acc");
    }
    rule.transfer = transfer == "internal" ? TransferType::Internal : TransferType::OssAcc;
    rule.transfer_given = true;
    return {};
}

Result<void> take_filters(ReplicationRule& rule, const boost::json::value& value) {
    TRY(const auto prefixes, list(value, "prefixes"));
    for (const boost::json::value& prefix : prefixes) {
        if (!prefix.is_string()) {
            return fail(ErrorCode::InvalidArgument, "the field 'prefixes' takes strings");
        }
        rule.prefixes.emplace_back(prefix.get_string());
    }
    TRY(const auto tags, list(value, "tags"));
    for (const boost::json::value& tag : tags) {
        if (!tag.is_object()) {
            return fail(ErrorCode::InvalidArgument, "the field 'tags' takes objects");
        }
        TRY_VOID(only_fields(tag, {"key", "value"}));
        TRY(std::string key, text(tag, "key"));
        TRY(auto tag_value, optional_text(tag, "value"));
        rule.tags.emplace_back(std::move(key), tag_value.value_or(std::string()));
    }
    TRY(rule.any_tag, flag(value, "any_tag"));
    return {};
}

}  // namespace

Result<ReplicationRule> rule_from_json(const boost::json::value& value) {
    if (!value.is_object()) {
        return fail(ErrorCode::InvalidArgument, "a rule is a JSON object");
    }
    TRY_VOID(only_fields(value,
                         {"id",
                          "prefixes",
                          "tags",
                          "any_tag",
                          "action",
                          "target_region",
                          "target_bucket",
                          "transfer",
                          "history",
                          "rtc",
                          "sync_role",
                          "kms_objects",
                          "replica_kms_key"}));
    ReplicationRule rule;
    TRY(rule.target_region, text(value, "target_region"));
    TRY(std::string bucket, text(value, "target_bucket"));
    rule.target_bucket = BucketName(std::move(bucket));
    TRY(auto id, optional_text(value, "id"));
    rule.id = id.value_or(std::string());
    TRY_VOID(take_filters(rule, value));
    TRY(const auto action, optional_text(value, "action"));
    TRY_VOID(take_action(rule, action.value_or("ALL")));
    TRY(const auto transfer, optional_text(value, "transfer"));
    if (transfer) {
        TRY_VOID(take_transfer(rule, *transfer));
    }
    if (value.get_object().contains("history")) {
        TRY(rule.history, flag(value, "history"));
    }
    TRY(rule.rtc, flag(value, "rtc"));
    TRY(auto role, optional_text(value, "sync_role"));
    rule.sync_role = role.value_or(std::string());
    if (value.get_object().contains("kms_objects")) {
        TRY(rule.kms_objects, flag(value, "kms_objects"));
    }
    TRY(auto key, optional_text(value, "replica_kms_key"));
    rule.replica_kms_key = key.value_or(std::string());
    return rule;
}

}  // namespace antipode::admin

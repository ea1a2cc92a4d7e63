#include "admin/bucket_routes.h"

#include <map>
#include <memory>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "admin/json_fields.h"
#include "model/text_names.h"

namespace antipode::admin {

namespace {

/// Every change of a bucket is looked at by every rule.
constexpr std::uint64_t kQuotaMax = 1000;

std::string_view versioning_name(Versioning versioning) {
    switch (versioning) {
        case Versioning::Unversioned:
            return "off";
        case Versioning::Enabled:
            return "enabled";
        case Versioning::Suspended:
            return "suspended";
    }
    return "";
}

Task<Answer> describe(std::shared_ptr<catalog::OpenBucket> bucket) {
    CO_TRY(const catalog::Totals totals, co_await bucket->partition().totals());
    const std::shared_ptr<const Bucket> config = bucket->config();
    co_return boost::json::value{
        {"name", config->name.str()},
        {"owner", config->owner.str()},
        {"created_ms", config->created_ms},
        {"acl", acl_name(config->acl)},
        {"storage_class", oss_name(config->storage_class)},
        {"redundancy", config->redundancy == Redundancy::Zrs ? "ZRS" : "LRS"},
        {"versioning", versioning_name(config->versioning)},
        {"objects", totals.usage.objects},
        {"bytes", totals.usage.bytes},
        {"delete_markers", totals.usage.markers},
        {"uploads", totals.usage.uploads},
        {"revision", totals.revision},
        {"rules", config->rules.size()},
        {"incoming_rules", config->incoming.size()},
        {"replication_rules_max", config->replication_quota()}};
}

}  // namespace

Task<Answer> BucketRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        boost::json::array list;
        for (auto& bucket : catalog_.buckets()) {
            CO_TRY(boost::json::value entry, co_await describe(std::move(bucket)));
            list.push_back(std::move(entry));
        }
        co_return boost::json::value{{"buckets", std::move(list)}};
    }
    const bool is_quota = call.is("POST", 2) && call.path[1] == "quota";
    if (!call.is("GET", 1) && !is_quota) {
        co_return no_such_route(call);
    }
    auto bucket = catalog_.find_bucket(BucketName(call.path[0]));
    if (!bucket) {
        co_return fail(ErrorCode::NoSuchBucket, fmt::format("there is no bucket {}", call.path[0]));
    }
    if (is_quota) {
        co_return co_await set_quota(std::move(bucket), std::move(call));
    }
    co_return co_await describe(std::move(bucket));
}

Task<Answer> BucketRoutes::set_quota(std::shared_ptr<catalog::OpenBucket> bucket, Call call) {
    CO_TRY_VOID(only_fields(call.body, {"replication_rules"}));
    CO_TRY(const std::uint64_t rules, whole_number(call.body, "replication_rules"));
    if (rules < 1 || rules > kQuotaMax) {
        co_return fail(ErrorCode::InvalidArgument,
                       fmt::format("replication_rules is from 1 to {}", kQuotaMax));
    }
    CO_TRY_VOID(co_await catalog_.change_bucket(*bucket, [rules](Bucket& config) -> Result<void> {
        config.replication_rules_max = static_cast<std::uint32_t>(rules);
        return {};
    }));
    co_return co_await describe(std::move(bucket));
}

Task<Answer> UsageRoutes::handle(Call call) {
    if (!call.is("GET", 0)) {
        co_return no_such_route(call);
    }

    struct Sum {
        catalog::Usage usage;
        std::size_t buckets = 0;
    };

    std::map<std::string, Sum> sums;
    for (const auto& bucket : catalog_.buckets()) {
        CO_TRY(const catalog::Totals totals, co_await bucket->partition().totals());
        Sum& sum = sums[bucket->config()->owner.str()];
        sum.usage += totals.usage;
        ++sum.buckets;
    }
    boost::json::array list;
    for (const auto& [account, sum] : sums) {
        list.push_back({{"id", account},
                        {"buckets", sum.buckets},
                        {"objects", sum.usage.objects},
                        {"bytes", sum.usage.bytes},
                        {"delete_markers", sum.usage.markers},
                        {"uploads", sum.usage.uploads}});
    }
    co_return boost::json::value{{"accounts", std::move(list)}};
}

}  // namespace antipode::admin

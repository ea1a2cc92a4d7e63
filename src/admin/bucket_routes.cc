#include "admin/bucket_routes.h"

#include <map>
#include <memory>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "model/text_names.h"

namespace antipode::admin {

namespace {

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
        {"incoming_rules", config->incoming.size()}};
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
    if (call.is("GET", 1)) {
        auto bucket = catalog_.find_bucket(BucketName(call.path[0]));
        if (!bucket) {
            co_return fail(ErrorCode::NoSuchBucket,
                           fmt::format("there is no bucket {}", call.path[0]));
        }
        co_return co_await describe(std::move(bucket));
    }
    co_return no_such_route(call);
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

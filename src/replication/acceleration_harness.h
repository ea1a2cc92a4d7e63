#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "codec/uri.h"
#include "replication/content_harness.h"
#include "replication/sites_harness.h"

/// For tests of this room only: a rule with acceleration, and what travels for it.
namespace antipode::replication::sites {

inline bool is_about(const http::Request& request, std::string_view what) {
    const auto target = codec::parse_target(request.target);
    return target && target->path == std::string(kPeerPrefix) + std::string(what);
}

inline std::string query_of(const http::Request& request, std::string_view name) {
    return std::string(codec::parse_target(request.target)->query.get(name));
}

/// From west to east, across the border.
class Acceleration : public Sites {
  protected:
    void SetUp() override {
        put_border_before(east);
        east.door.tampers = [this](http::Request& request, std::string& body) {
            if (is_about(request, "chunk") || is_about(request, "apply")) {
                ++requests_;
                wire_bytes_ += body.size();
                packed_ += query_of(request, "encoding").empty() ? 0 : 1;
            }
            if (tampers_) {
                tampers_(request, body);
            }
        };
        Sites::SetUp();
        west.make_bucket("here");
        east.make_bucket("there");
    }

    void add_rule(TransferType transfer = TransferType::OssAcc) {
        ReplicationRule rule;
        rule.target_region = east.name();
        rule.target_bucket = BucketName("there");
        rule.transfer = transfer;
        rule.transfer_given = true;
        const auto added = west.add_rule("here", rule);
        ASSERT_TRUE(added) << added.error().message;
        ASSERT_TRUE(settle());
        forget();
    }

    /// Puts it, and it arrives whole.
    void bring(const std::string& key, const std::string& content) {
        ASSERT_TRUE(west.put("here", key, content));
        ASSERT_TRUE(settle());
        ASSERT_EQ(east.get("there", key), content);
        ASSERT_EQ(west.totals("here").slots, east.totals("there").slots);
    }

    void forget() { requests_ = wire_bytes_ = packed_ = 0; }

    RuleStatus status() { return west.run(west.manager->status("here")).value().at(0); }

    std::uint64_t requests_ = 0;  ///< That carry bytes of objects.
    std::uint64_t wire_bytes_ = 0;
    std::uint64_t packed_ = 0;  ///< Of the requests.
    std::function<void(http::Request&, std::string& body)> tampers_;
};

}  // namespace antipode::replication::sites

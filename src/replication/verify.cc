#include "replication/verify.h"

#include <algorithm>
#include <map>

#include "base/mutant.h"
#include "catalog/row_format.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "replication/items.h"
#include "runtime/sleep.h"

namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kDifferencesShown = 1000;
constexpr int kLooks = 4;

std::string slots_hash(const catalog::Totals& totals) {
    catalog::Totals bare;
    bare.slots = totals.slots;
    return codec::hex_lower(crypto::sha256(as_bytes(catalog::encode(bare))).bytes());
}

/// One side's versions, page by page.
class ItemStream {
  public:
    ItemStream(catalog::Partition& local, const ItemsOfRule& of) : local_(&local), of_(&of) {}

    ItemStream(PeerClient& peer, std::string bucket) : peer_(&peer), bucket_(std::move(bucket)) {}

    /// Makes front() valid or is_done() true.
    Task<Result<void>> fill() {
        while (position_ == page_.items.size() && !ended_) {
            auto next = local_ != nullptr
                            ? co_await list_items(*local_, after_key_, after_id_, kPage, of_)
                            : co_await peer_->items(bucket_, after_key_, after_id_, kPage);
            if (!next) {
                co_return fail(std::move(next).error());
            }
            page_ = std::move(*next);
            position_ = 0;
            ended_ = !page_.is_truncated;
            if (!page_.items.empty()) {
                after_key_ = page_.items.back().key;
                after_id_ = page_.items.back().version_id;
            }
        }
        co_return Result<void>{};
    }

    [[nodiscard]] bool is_done() const { return position_ == page_.items.size() && ended_; }

    [[nodiscard]] const Item& front() const { return page_.items[position_]; }

    void pop() { ++position_; }

  private:
    catalog::Partition* local_ = nullptr;
    const ItemsOfRule* of_ = nullptr;
    PeerClient* peer_ = nullptr;
    std::string bucket_;
    std::string after_key_;
    std::string after_id_;
    ItemPage page_;
    std::size_t position_ = 0;
    bool ended_ = false;
};

/// Listing order: key ascending, newest version first.
bool comes_before(const Item& a, const Item& b) {
    return a.key != b.key ? a.key < b.key : a.version_id > b.version_id;
}

struct Comparison {
    std::uint64_t compared = 0;
    std::uint64_t only_at_destination = 0;
    std::vector<Difference> differences;
    catalog::Totals here;  ///< Slots of what was compared here.
};

void note(Comparison& out, const Item& item, Difference::Kind kind) {
    out.differences.push_back({.key = item.key, .version_id = item.version_id, .kind = kind});
}

Task<Result<Comparison>> merge(catalog::Partition& partition,
                               const ItemsOfRule& of,
                               PeerClient& peer,
                               const std::set<std::pair<std::string, std::string>>& excluded) {
    const ReplicationRule& rule = of.rule;
    ItemStream here(partition, of);
    ItemStream there(peer, rule.target_bucket.str());
    Comparison out;
    while (true) {
        CO_TRY_VOID(co_await here.fill());
        CO_TRY_VOID(co_await there.fill());
        if (here.is_done() && there.is_done()) {
            co_return out;
        }
        const bool take_here =
            !here.is_done() && (there.is_done() || !comes_before(there.front(), here.front()));
        const bool take_there =
            !there.is_done() && (here.is_done() || !comes_before(here.front(), there.front()));
        const Item& item = take_here ? here.front() : there.front();
        if (matches_prefix(rule, item.key) && !item.is_outside &&
            !excluded.contains({item.key, item.version_id})) {
            ++out.compared;
            if (take_here) {
                out.here.slots.at(catalog::digest_slot(item.key)) += here.front().digest;
            }
            if (take_here && take_there) {
                if (here.front().digest != there.front().digest) {
                    note(out, item, Difference::Kind::DifferentAtDestination);
                }
            } else if (take_here) {
                note(out, item, Difference::Kind::MissingAtDestination);
            } else {
                ++out.only_at_destination;
            }
        }
        if (take_here) {
            here.pop();
        }
        if (take_there) {
            there.pop();
        }
    }
}

/// Also by a rule that is over: what it brought is still here.
bool is_fed_by_target(const catalog::OpenBucket& bucket, const ReplicationRule& rule) {
    const auto config = bucket.config();
    return std::ranges::any_of(config->incoming, [&rule](const IncomingRule& incoming) {
        return incoming.source_region == rule.target_region &&
               incoming.source_bucket == rule.target_bucket;
    });
}

std::vector<Difference> in_both(const std::vector<Difference>& a,
                                const std::vector<Difference>& b) {
    std::map<std::pair<std::string, std::string>, Difference::Kind> first;
    for (const Difference& difference : a) {
        first.emplace(std::pair(difference.key, difference.version_id), difference.kind);
    }
    std::vector<Difference> out;
    for (const Difference& difference : b) {
        if (first.contains(std::pair(difference.key, difference.version_id))) {
            out.push_back(difference);
        }
    }
    return out;
}

}  // namespace

Task<Result<Verification>> compare(std::shared_ptr<catalog::OpenBucket> bucket,
                                   ReplicationRule rule,
                                   PeerClient& peer,
                                   std::set<std::pair<std::string, std::string>> excluded) {
    Verification out;
    catalog::Partition& partition = bucket->partition();
    const ItemsOfRule of{.rule = rule, .is_fed_by_target = is_fed_by_target(*bucket, rule)};
    CO_TRY(const catalog::Totals here, co_await partition.totals());
    CO_TRY(const catalog::Totals there, co_await peer.totals(rule.target_bucket.str()));
    out.digest = slots_hash(here);
    if (is_planted(Mutant::InSyncMeansEmptyQueue)) {
        out.is_identical = true;
        co_return out;
    }
    const bool are_slots_equal = here.slots == there.slots || is_planted(Mutant::DigestCountsOnly);
    if (are_slots_equal && here.usage.bytes == there.usage.bytes &&
        here.usage.objects == there.usage.objects) {
        out.is_identical = true;
        out.by_set_digest = true;
        out.compared = static_cast<std::uint64_t>(here.usage.objects + here.usage.markers);
        co_return out;
    }
    std::vector<Difference> lasting;
    for (int look = 0; look < kLooks; ++look) {
        if (look > 0) {
            co_await runtime::sleep_for(500ms);
        }
        CO_TRY(Comparison comparison, co_await merge(partition, of, peer, excluded));
        out.compared = comparison.compared;
        out.digest = slots_hash(comparison.here);
        out.only_at_destination = comparison.only_at_destination;
        lasting = look == 0 ? std::move(comparison.differences)
                            : in_both(lasting, comparison.differences);
        if (lasting.empty()) {
            break;
        }
    }
    out.difference_count = lasting.size();
    out.is_identical = lasting.empty();
    if (lasting.size() > kDifferencesShown) {
        lasting.resize(kDifferencesShown);
    }
    out.differences = std::move(lasting);
    co_return out;
}

}  // namespace antipode::replication

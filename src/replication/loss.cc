#include "replication/announced.h"
#include "replication/manager.h"

// What would be lost, or was, with the source: asked at the destination, which needs nobody for it.
namespace antipode::replication {

namespace {

constexpr std::size_t kMissingShown = 1000;

void count(LossReport& report, const Announced& announced) {
    if (announced.is_purge) {
        ++report.removals;
    } else {
        ++report.versions;
        report.bytes += announced.size_bytes;
    }
    if (report.oldest_ms == 0 || announced.committed_ms < report.oldest_ms) {
        report.oldest_ms = announced.committed_ms;
    }
    if (report.missing.size() < kMissingShown) {
        report.missing.push_back({.key = announced.key,
                                  .version_id = announced.is_null ? std::string(kNullVersionId)
                                                                  : to_version_id(announced.order),
                                  .is_removal = announced.is_purge,
                                  .size_bytes = announced.size_bytes,
                                  .committed_ms = announced.committed_ms});
    }
}

Task<Result<LossReport>> look(catalog::OpenBucket& bucket, IncomingRule incoming) {
    LossReport report;
    report.bucket = bucket.config()->name.str();
    report.source_region = incoming.source_region;
    report.source_bucket = incoming.source_bucket.str();
    report.rule_id = incoming.rule_id;
    const RuleHeader rule{.source_region = incoming.source_region,
                          .source_bucket = incoming.source_bucket.str(),
                          .target_bucket = report.bucket,
                          .rule_id = incoming.rule_id,
                          .epoch = incoming.epoch};
    CO_TRY(const auto state, co_await load_announced_state(bucket.partition(), rule));
    if (!state || state->epoch != incoming.epoch) {
        co_return report;
    }
    report.was_heard = true;
    report.heard_ms = state->heard_ms;
    report.known_to_ms = state->known_to_ms;
    report.history_left = state->history_left;
    std::string place;
    do {
        CO_TRY(auto page, co_await scan_announced(bucket.partition(), rule, place));
        for (const Announced& announced : page.announced) {
            CO_TRY(const bool is_here, co_await has_arrived(bucket.partition(), announced));
            if (!is_here) {
                count(report, announced);
            }
        }
        place = std::move(page.place);
    } while (!place.empty());
    co_return report;
}

}  // namespace

Task<Result<std::vector<LossReport>>> Manager::loss(std::string name) {
    std::vector<LossReport> out;
    if (!name.empty() && !catalog_.find_bucket(BucketName(name))) {
        co_return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    for (const BucketPtr& bucket : catalog_.buckets()) {
        const auto config = bucket->config();
        for (const IncomingRule& incoming : config->incoming) {
            if (!incoming.is_closed && (name.empty() || config->name.str() == name)) {
                CO_TRY(LossReport report, co_await look(*bucket, incoming));
                out.push_back(std::move(report));
            }
        }
    }
    co_return out;
}

}  // namespace antipode::replication

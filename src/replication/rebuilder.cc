#include "replication/rebuilder.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/sleep.h"

namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

/// Of the whole region: what clients do goes on beside it.
constexpr std::uint64_t kBytesPerSecond = 32 * kMiB;
constexpr runtime::Duration kLookEvery = 10s;
constexpr std::int64_t kTryAgainMs = 30'000;
constexpr std::int64_t kTryAgainMsMax = 30 * 60'000;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

bool names(const std::vector<catalog::Piece>& pieces, const blob::BlobRef& ref) {
    return std::ranges::any_of(pieces, [&ref](const catalog::Piece& piece) {
        return !piece.is_inline() && piece.blob == ref;
    });
}

}  // namespace

/// The bytes of a version in another region, piece by piece.
class Rebuilder::PeerBody final : public ByteSource {
  public:
    PeerBody(std::shared_ptr<PeerClient> client,
             BodyRequest request,
             Throttles throttles,
             const std::atomic<bool>& is_stopping)
        : client_(std::move(client)),
          request_(std::move(request)),
          left_(request_.range.size),
          throttles_(std::move(throttles)),
          is_stopping_(is_stopping) {}

    Task<Result<Bytes>> next() override {
        if (at_ == piece_.size()) {
            CO_TRY_VOID(co_await fetch());
        }
        const std::size_t size = std::min(kChunkBytesMax, piece_.size() - at_);
        const std::size_t from = std::exchange(at_, at_ + size);
        co_return to_bytes(std::string_view(piece_).substr(from, size));
    }

  private:
    Task<Result<void>> fetch() {
        piece_.clear();
        at_ = 0;
        if (is_stopping_) {
            co_return fail(ErrorCode::Closed, "the region stops");
        }
        if (left_ == 0) {
            co_return Result<void>{};
        }
        request_.range.size = std::min(left_, kChunkBytes);
        Throttle::Claim claim{
            .bytes = request_.range.size, .urgency = Urgency::Large, .priority = 0, .is_over = {}};
        co_await throttles_.take(std::move(claim));
        CO_TRY(piece_, co_await client_->fetch_body(request_));
        request_.range.offset += piece_.size();
        left_ -= piece_.size();
        co_return Result<void>{};
    }

    std::shared_ptr<PeerClient> client_;
    BodyRequest request_;
    std::uint64_t left_;
    Throttles throttles_;
    const std::atomic<bool>& is_stopping_;
    std::string piece_;
    std::size_t at_ = 0;
};

Rebuilder::Rebuilder(LostBodies& lost,
                     catalog::Catalog& catalog,
                     object::ReplicaService& replicas,
                     Manager& links,
                     const LinkSecret& secret,
                     runtime::Host& host)
    : lost_(lost),
      catalog_(catalog),
      replicas_(replicas),
      links_(links),
      secret_(secret),
      host_(host),
      home_(host.executor(0)) {
    throttles_.rule->set_rate(kBytesPerSecond);
}

void Rebuilder::start() {
    tasks_.spawn(home_, run());
}

Task<void> Rebuilder::stop() {
    runtime::Executor& caller = runtime::Executor::current();
    co_await runtime::resume_on(home_);
    is_stopping_ = true;
    throttles_.end();
    lost_.changed().raise();
    if (client_) {
        client_->close();
    }
    co_await tasks_.join();
    co_await runtime::resume_on(caller);
}

Task<void> Rebuilder::run() {
    while (!is_stopping_) {
        const std::uint64_t seen = lost_.changed().count();
        std::vector<LostBody> due = lost_.list();
        std::erase_if(due, [](const LostBody& body) { return body.next_try_ms > now_ms(); });
        co_await look_up_keys(due);
        unreachable_.clear();
        for (LostBody& body : due) {
            if (is_stopping_) {
                co_return;
            }
            lost_.tell(body);
            co_await mend(std::move(body));
        }
        co_await lost_.changed().wait_beyond(seen, kLookEvery);
    }
}

/// Whose the parts are that were found by their manifest.
Task<void> Rebuilder::look_up_keys(std::vector<LostBody>& due) {
    std::set<std::string> buckets;
    for (const LostBody& body : due) {
        if (body.place.is_part() && body.place.is_of_upload()) {
            buckets.insert(body.place.bucket);
        }
    }
    for (const std::string& name : buckets) {
        const BucketPtr bucket = catalog_.find_bucket(BucketName(name));
        if (!bucket || is_stopping_) {
            continue;
        }
        std::vector<catalog::BodyPlace> places;
        places.reserve(due.size());
        for (const LostBody& body : due) {
            places.push_back(body.place.bucket == name ? body.place : catalog::BodyPlace{});
        }
        // What cannot be read now is looked up with the next try.
        static_cast<void>(co_await catalog::find_keys(bucket->partition(), places));
        for (std::size_t i = 0; i < due.size(); ++i) {
            if (due[i].place.bucket == name && due[i].place != places[i]) {
                due[i].place = places[i];
                co_await lost_.rename(due[i], std::move(places[i]));
            }
        }
    }
}

Task<void> Rebuilder::mend(LostBody body) {
    const BucketPtr bucket = catalog_.find_bucket(BucketName(body.place.bucket));
    if (!bucket || bucket->config()->id != body.place.bucket_id) {
        co_await lost_.settle(std::move(body), LostBodyNews::Gone, {});
        co_return;
    }
    auto placed = co_await catalog::find_body(bucket->partition(), body.place);
    if (!placed) {
        note_failure(body, placed.error().message);
        co_return;
    }
    if (!*placed || !names((*placed)->pieces, body.ref)) {
        co_await lost_.settle(std::move(body), LostBodyNews::Gone, {});
        co_return;
    }
    if (body.place.is_of_upload()) {
        note_failure(body,
                     "it is of an upload that has not been completed, which no other region has: "
                     "the part is to be sent again");
        co_return;
    }
    const auto from = co_await fetch(bucket, body, std::move(**placed));
    if (!from) {
        note_failure(body, from.error().message);
    } else if (*from) {
        co_await lost_.settle(std::move(body), LostBodyNews::Rebuilt, **from);
    }
}

void Rebuilder::note_failure(const LostBody& body, std::string reason) {
    const std::int64_t pause =
        std::min(kTryAgainMsMax, kTryAgainMs << std::min<std::uint32_t>(body.tries, 10));
    lost_.note_try(body, std::move(reason), now_ms() + pause);
}

std::vector<Rebuilder::Source> Rebuilder::sources_of(const Bucket& bucket) {
    std::set<Source> out;
    for (const ReplicationRule& rule : bucket.rules) {
        if (rule.status != ReplicationStatus::Closing) {
            out.insert({.region = rule.target_region, .bucket = rule.target_bucket.str()});
        }
    }
    for (const IncomingRule& rule : bucket.incoming) {
        if (!rule.is_closed) {
            out.insert({.region = rule.source_region, .bucket = rule.source_bucket.str()});
        }
    }
    return {out.begin(), out.end()};
}

Task<Result<std::optional<std::string>>> Rebuilder::fetch(BucketPtr bucket,
                                                          LostBody body,
                                                          catalog::PlacedBody placed) {
    std::string reasons;
    for (Source& source : sources_of(*bucket->config())) {
        const std::string region = source.region;
        const auto done = co_await fetch_from(std::move(source), bucket, body, placed);
        if (done) {
            co_return *done ? std::optional(region) : std::nullopt;
        }
        reasons +=
            fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", region, done.error().message);
    }
    co_return fail(ErrorCode::NotFound,
                   reasons.empty() ? "no rule binds the bucket to another region" : reasons);
}

Task<Result<std::shared_ptr<PeerClient>>> Rebuilder::connect(std::string region) {
    const PeerAddress* const peer = links_.find_peer(region);
    if (peer == nullptr) {
        co_return fail(ErrorCode::NotFound, "there is no link to it");
    }
    if (unreachable_.contains(region)) {
        co_return fail(ErrorCode::Unavailable, "it does not answer");
    }
    client_ = std::make_shared<PeerClient>(*peer, catalog_.region(), secret_, host_.network(0));
    const auto abilities = co_await client_->ask_abilities();
    if (!abilities) {
        unreachable_.insert(region);
        co_return fail(abilities.error().code, "it does not answer: " + abilities.error().message);
    }
    if (!abilities->gives_bodies) {
        co_return fail(ErrorCode::NotImplemented, "it is of a version that gives no bytes back");
    }
    co_return client_;
}

Task<Result<bool>> Rebuilder::fetch_from(Source source,
                                         BucketPtr bucket,
                                         LostBody body,
                                         catalog::PlacedBody placed) {
    Throttles throttles = throttles_;
    throttles.link = links_.link_throttle(source.region);
    auto client = co_await connect(source.region);
    Result<bool> done = false;
    if (client) {
        const ObjectVersion& version = placed.version;
        BodyRequest request{.own_bucket = body.place.bucket,
                            .bucket = std::move(source.bucket),
                            .key = version.key,
                            .order = version.order,
                            .is_null = version.is_null,
                            .size_bytes = version.size_bytes,
                            .crc64 = version.crc64,
                            .etag = version.etag,
                            .range = object::ReplicaService::needed_for(placed)};
        auto bytes = std::make_unique<PeerBody>(
            *client, std::move(request), std::move(throttles), is_stopping_);
        done = co_await replicas_.rebuild(
            bucket, std::move(body.place), std::move(placed), std::move(bytes));
    } else {
        done = fail(client.error());
    }
    if (client_) {
        client_->close();
        client_.reset();
    }
    co_return done;
}

}  // namespace antipode::replication

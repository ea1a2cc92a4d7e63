#include "blob/zoned/write_blob.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "blob/zoned/stripe_write.h"

namespace antipode::blob {

namespace {

/// Pages reserved ahead at most: neighbouring stripes are read back faster, but long runs are hard
/// to find.
constexpr std::size_t kStripesAheadMax = 32;
constexpr std::size_t kStripesMax = 64 * 1024;

/// Cuts a body into stripes without copying.
class StripeCutter {
  public:
    explicit StripeCutter(ByteSource& body) : body_(body) {}

    struct Stripe {
        std::vector<std::shared_ptr<const Bytes>> chunks;  // Own what `pieces` view.
        std::vector<ByteView> pieces;
        std::size_t size = 0;
    };

    /// Up to kStripeBytes; less only at the end of the body; empty behind it.
    Task<Result<Stripe>> next() {
        Stripe stripe;
        while (stripe.size < kStripeBytes) {
            if (rest_.empty()) {
                if (is_at_end_) {
                    break;
                }
                CO_TRY(Bytes chunk, co_await body_.next());
                is_at_end_ = chunk.empty();
                chunk_ = std::make_shared<const Bytes>(std::move(chunk));
                rest_ = *chunk_;
                continue;
            }
            const ByteView piece = rest_.first(std::min(rest_.size(), kStripeBytes - stripe.size));
            rest_ = rest_.subspan(piece.size());
            stripe.chunks.push_back(chunk_);
            stripe.pieces.push_back(piece);
            stripe.size += piece.size();
        }
        co_return stripe;
    }

  private:
    ByteSource& body_;
    bool is_at_end_ = false;
    std::shared_ptr<const Bytes> chunk_;
    ByteView rest_;
};

/// Pages to reserve for a stripe of `size` bytes and what is expected behind it.
std::uint32_t pages_ahead(std::size_t size, std::size_t stripe, std::optional<std::uint64_t> rest) {
    const std::uint32_t pages = ShardShape(size).zone_pages();
    if (size < kStripeBytes) {
        return pages;
    }
    if (!rest) {
        return static_cast<std::uint32_t>(std::clamp<std::size_t>(stripe, 1, kStripesAheadMax)) *
               kStripePagesMax;
    }
    const std::uint64_t whole = std::min<std::uint64_t>(*rest / kStripeBytes, kStripesAheadMax);
    const std::uint64_t tail = whole < kStripesAheadMax ? *rest % kStripeBytes : 0;
    return (static_cast<std::uint32_t>(whole) * kStripePagesMax) +
           (tail == 0 ? 0 : ShardShape(static_cast<std::size_t>(tail)).zone_pages());
}

/// The stripes of one blob that are under way, counted among those of all.
class Window {
  public:
    explicit Window(Engine& engine) : engine_(engine) {}

    ~Window() { engine_.counters.write_stripes -= stripes_.size(); }

    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    [[nodiscard]] bool is_empty() const { return stripes_.empty(); }

    [[nodiscard]] bool is_full() const {
        const bool is_crowded = engine_.counters.write_stripes >= engine_.options.write_stripes_max;
        return stripes_.size() >= (is_crowded ? 1 : engine_.options.write_window_stripes);
    }

    void push(std::shared_ptr<StripeWrite> stripe) {
        stripes_.push_back(std::move(stripe));
        ++engine_.counters.write_stripes;
    }

    std::shared_ptr<StripeWrite> pop() {
        auto first = std::move(stripes_.front());
        stripes_.pop_front();
        --engine_.counters.write_stripes;
        return first;
    }

  private:
    Engine& engine_;
    std::deque<std::shared_ptr<StripeWrite>> stripes_;
};

Error full_error() {
    return {ErrorCode::Unavailable, "the zones have no space left"};
}

}  // namespace

Task<Result<WrittenBlob>> write_blob(Engine& engine, ByteSource& body, BlobHint hint) {
    runtime::Executor& executor = runtime::Executor::current();
    BlobLayout layout;
    layout.id = engine.space->next_id(executor.wall_now());
    const auto upload = std::make_shared<Upload>(engine.space, layout.id);
    StripeCutter cutter(body);
    Window window(engine);

    // On every early return the writes under way keep what they need; their space comes back with
    // the last of them.
    for (std::uint32_t index = 0;; ++index) {
        CO_TRY(auto stripe, co_await cutter.next());
        if (stripe.size == 0) {
            break;
        }
        if (index == kStripesMax) {
            co_return fail(ErrorCode::EntityTooLarge, "a blob has at most 64 GiB");
        }
        if (engine.disks.is_full()) {
            co_return fail(full_error());
        }
        std::optional<std::uint64_t> rest;
        if (hint.size && *hint.size >= layout.size + stripe.size) {
            rest = *hint.size - layout.size;
        }
        layout.size += stripe.size;
        const std::uint32_t ahead = pages_ahead(stripe.size, index, rest);
        StripeImage image(*engine.buffers, {layout.id, index}, stripe.pieces, stripe.size);
        stripe = {};  // The image has its own copy.
        auto write = std::make_shared<StripeWrite>(engine.disks, std::move(image), upload, ahead);
        CO_TRY_VOID(write->start(executor.now()));
        window.push(std::move(write));
        while (window.is_full()) {
            const auto oldest = window.pop();
            CO_TRY(layout.stripes.emplace_back(), co_await oldest->settle());
            engine.counters.stripe_write_time.record(oldest->safe_after());
        }
    }
    while (!window.is_empty()) {
        const auto oldest = window.pop();
        CO_TRY(layout.stripes.emplace_back(), co_await oldest->settle());
        engine.counters.stripe_write_time.record(oldest->safe_after());
    }
    upload->keep(layout);
    ++engine.counters.blobs_written;
    ++engine.counters.live_blobs;
    engine.counters.live_bytes += static_cast<std::int64_t>(layout.size);
    if (layout.is_degraded()) {
        ++engine.counters.blobs_degraded;
        ++engine.counters.degraded_blobs;
        engine.heal_wanted.raise();
        // A restart must know which zone lacks it.
        co_await engine.zones.outages_recorded();
    }
    co_return WrittenBlob{encode_ref(layout), layout.size};
}

}  // namespace antipode::blob

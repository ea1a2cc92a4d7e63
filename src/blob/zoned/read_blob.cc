#include "blob/zoned/read_blob.h"

#include <algorithm>
#include <deque>

namespace antipode::blob {

namespace {

using Arrival = runtime::OneShot<Result<Bytes>>;

Task<void> fetch_ahead(Engine* engine,
                       std::shared_ptr<const OpenBlob> blob,
                       StripeRange range,
                       Arrival arrival) {
    arrival.set(co_await read_stripe(*engine, std::move(blob), range));
}

class BlobSource final : public ByteSource {
  public:
    BlobSource(Engine& engine, std::shared_ptr<const OpenBlob> blob, ByteRange range)
        : engine_(engine), blob_(std::move(blob)), position_(range.offset), end_(range.end()) {}

    ~BlobSource() override { engine_.counters.read_ahead_stripes -= ahead_.size(); }

    BlobSource(const BlobSource&) = delete;
    BlobSource& operator=(const BlobSource&) = delete;

    Task<Result<Bytes>> next() override {
        if (ahead_.empty() && position_ == end_) {
            co_return Bytes{};
        }
        if (ahead_.empty()) {
            const StripeRange range = take_range();
            fill_ahead();
            co_return co_await read_stripe(engine_, blob_, range);
        }
        const Arrival arrival = ahead_.front();
        ahead_.pop_front();
        --engine_.counters.read_ahead_stripes;
        fill_ahead();
        co_return co_await arrival.wait();
    }

  private:
    StripeRange take_range() {
        const std::size_t stripe = position_ / kStripeBytes;
        const std::size_t offset = position_ % kStripeBytes;
        const std::size_t size = std::min<std::uint64_t>(kStripeBytes - offset, end_ - position_);
        position_ += size;
        return {stripe, offset, size};
    }

    /// Slow readers do not pile up memory: all of them together have a limited number of stripes
    /// ahead.
    void fill_ahead() {
        while (position_ < end_ && ahead_.size() < engine_.options.read_ahead_stripes) {
            if (engine_.counters.read_ahead_stripes.fetch_add(1) >=
                engine_.options.read_ahead_stripes_max) {
                --engine_.counters.read_ahead_stripes;
                return;
            }
            const Arrival arrival;
            ahead_.push_back(arrival);
            engine_.tasks.spawn(fetch_ahead(&engine_, blob_, take_range(), arrival));
        }
    }

    Engine& engine_;
    const std::shared_ptr<const OpenBlob> blob_;
    std::uint64_t position_;
    const std::uint64_t end_;
    std::deque<Arrival> ahead_;
};

}  // namespace

std::unique_ptr<ByteSource> make_blob_source(Engine& engine,
                                             std::shared_ptr<const OpenBlob> blob,
                                             ByteRange range) {
    return std::make_unique<BlobSource>(engine, std::move(blob), range);
}

}  // namespace antipode::blob

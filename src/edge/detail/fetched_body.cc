#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "edge/detail/journey.h"

namespace antipode::edge {

namespace {

using namespace std::chrono_literals;

constexpr runtime::Duration kFirstPause = 50ms;
/// Whoever reads slowly is not worth more memory.
constexpr std::uint64_t kFirstWindow = 16;

/// What the coroutines that fetch chunks share with the reader.
struct Fetching {
    JourneyPtr journey;
    std::map<std::uint64_t, Bytes> arrived;
    std::uint64_t next = 0;              ///< The chunk that the reader takes next.
    std::uint64_t asked = 0;             ///< All before it have been asked for.
    std::optional<std::uint64_t> count;  ///< Of all chunks.
    std::optional<Error> broken;
    runtime::Signal came;
};

using FetchingPtr = std::shared_ptr<Fetching>;

void note_count(Fetching& fetching, const http::ClientResponse& response) {
    const std::string_view text = response.headers.get(kChunkCountHeader);
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc() && end == text.data() + text.size()) {
        fetching.count = count;
    }
}

/// Whatever happens to a connection, the chunk is asked for again over another one.
Task<void> fetch(FetchingPtr fetching, std::uint64_t number) {
    Journey& journey = *fetching->journey;
    Line& line = *journey.line;
    const runtime::Executor& executor = runtime::Executor::current();
    runtime::Instant heard_at = executor.now();
    runtime::Duration delay = kFirstPause;
    while (!journey.is_over && number < fetching->count.value_or(number + 1)) {
        const auto response = co_await line.haul(
            "GET",
            fmt::format("body?exchange={}&number={}&has={}", journey.id, number, fetching->next),
            {});
        if (journey.is_over) {
            break;
        }
        if (response && response->status == 200) {
            note_count(*fetching, *response);
            line.buffered_bytes += response->text.size();
            fetching->arrived.emplace(number, to_bytes(response->text));
            break;
        }
        if (response && response->status == 204) {
            note_count(*fetching, *response);
            break;
        }
        if (response && response->status == 202) {
            heard_at = executor.now();
            continue;
        }
        if (response || line.is_stopping || executor.now() - heard_at > line.options.patience) {
            fetching->broken = Error{ErrorCode::Closed, "the region's answer broke off"};
            break;
        }
        co_await line.pause(delay);
    }
    fetching->came.raise();
}

class FetchedBody final : public ByteSource {
  public:
    FetchedBody(JourneyPtr journey, const AnswerStart& start)
        : fetching_(std::make_shared<Fetching>()), first_(to_bytes(start.body)) {
        fetching_->journey = std::move(journey);
        if (start.size) {
            const std::uint64_t left =
                *start.size - std::min<std::uint64_t>(*start.size, first_.size());
            fetching_->count = (left + kChunkBytes - 1) / kChunkBytes;
        }
    }

    ~FetchedBody() override {
        Line& line = *fetching_->journey->line;
        for (const auto& [number, bytes] : fetching_->arrived) {
            line.buffered_bytes -= bytes.size();
        }
        fetching_->arrived.clear();
        fetching_->journey->end();
        line.notified.raise();
    }

    Task<Result<Bytes>> next() override {
        ask_ahead();
        if (!first_.empty()) {
            co_return std::exchange(first_, Bytes());
        }
        bool has_waited = false;
        Fetching& fetching = *fetching_;
        while (true) {
            const std::uint64_t seen = fetching.came.count();
            const auto found = fetching.arrived.find(fetching.next);
            if (found != fetching.arrived.end()) {
                Bytes bytes = std::move(found->second);
                fetching.arrived.erase(found);
                fetching.journey->line->buffered_bytes -= bytes.size();
                ++fetching.next;
                // The reader is faster than the line: more may be under way. It waits for the first
                // ones in any case.
                window_ = has_waited && fetching.next > kFirstWindow
                              ? std::min(window_ * 2, kAheadChunks)
                              : window_;
                ask_ahead();
                co_return bytes;
            }
            if (fetching.broken) {
                co_return fail(*fetching.broken);
            }
            if (fetching.count && fetching.next >= *fetching.count) {
                co_return Bytes{};
            }
            has_waited = true;
            co_await fetching.came.wait_beyond(seen, 1s);
        }
    }

  private:
    void ask_ahead() {
        Fetching& fetching = *fetching_;
        Line& line = *fetching.journey->line;
        const std::uint64_t count = fetching.count.value_or(UINT64_MAX);
        const bool is_short = line.buffered_bytes >= line.options.buffer_bytes_max;
        const std::uint64_t window = is_short ? 1 : window_;
        while (fetching.asked < std::min(count, fetching.next + window)) {
            line.group.spawn(fetch(fetching_, fetching.asked++));
        }
    }

    FetchingPtr fetching_;
    Bytes first_;
    std::uint64_t window_ = kFirstWindow;
};

}  // namespace

std::unique_ptr<ByteSource> make_fetched_body(JourneyPtr journey, const AnswerStart& start) {
    return std::make_unique<FetchedBody>(std::move(journey), start);
}

}  // namespace antipode::edge

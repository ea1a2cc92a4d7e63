#include "edge/detail/kept_answer.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace antipode::edge {

namespace {

/// Waiters look again after it; nothing depends on its length.
constexpr std::chrono::seconds kLookAgain{30};

}  // namespace

KeptAnswer::~KeptAnswer() {
    abort();
    budget_.give_back(start_bytes_);
}

Task<void> KeptAnswer::fill(http::Response response, bool has_body) {
    AnswerStart start{.status = response.status,
                      .headers = response.headers.all(),
                      .size = {},
                      .announced_size = response.announced_size,
                      .is_whole = true,
                      .body = {}};
    const bool is_stream = response.stream != nullptr;
    start.size = is_stream ? response.stream_size : response.text.size();
    if (!is_stream) {
        start.body = std::move(response.text);
    }
    has_ended_ = !is_stream || !has_body || response.stream_size == 0;
    if (!has_ended_) {
        auto first = co_await gather(response, kInlineBytes);
        if (!first) {
            start = {.status = 503, .headers = {}, .size = 0, .announced_size = {}, .body = {}};
            has_ended_ = true;
        } else {
            start.body = std::move(*first);
            start.is_whole = has_ended_;
        }
    }
    publish(std::move(start));
    while (!has_ended_) {
        if (!co_await wait_for_room()) {
            break;
        }
        auto bytes = co_await gather(response, kChunkBytes);
        if (!bytes) {
            finish(true);
            co_return;
        }
        if (!bytes->empty()) {
            add(std::move(*bytes));
        }
    }
    finish(is_aborted());
}

/// Exactly so much, unless the body ends before: then the edge knows how many chunks there are.
Task<Result<std::string>> KeptAnswer::gather(http::Response& response, std::size_t size) {
    while (left_over_.size() < size && !is_pulled_) {
        CO_TRY(const Bytes piece, co_await response.stream->next());
        pulled_ += piece.size();
        left_over_ += as_text(piece);
        is_pulled_ = piece.empty() || pulled_ == response.stream_size;
    }
    if (is_pulled_ && response.stream_size && pulled_ != *response.stream_size) {
        co_return fail(ErrorCode::Internal, "an answer's body is not as long as announced");
    }
    std::string rest = left_over_.size() > size ? left_over_.substr(size) : std::string();
    left_over_.resize(std::min(left_over_.size(), size));
    std::string bytes = std::exchange(left_over_, std::move(rest));
    has_ended_ = is_pulled_ && left_over_.empty();
    co_return bytes;
}

/// False: nobody wants more.
Task<bool> KeptAnswer::wait_for_room() {
    while (true) {
        const std::uint64_t seen = wanted_.count();
        {
            const std::scoped_lock lock(mutex_);
            if (is_aborted_) {
                co_return false;
            }
            if (chunks_.empty() || (chunks_.size() < kAheadChunks && !budget_.is_used_up())) {
                co_return true;
            }
        }
        co_await wanted_.wait_beyond(seen, kLookAgain);
    }
}

void KeptAnswer::publish(AnswerStart start) {
    auto bytes = std::make_shared<const std::string>(encode(start));
    {
        const std::scoped_lock lock(mutex_);
        start_bytes_ = bytes->size();
        budget_.take(start_bytes_);
        start_ = std::move(bytes);
    }
    made_.raise();
}

void KeptAnswer::add(std::string bytes) {
    {
        const std::scoped_lock lock(mutex_);
        if (is_aborted_) {
            return;
        }
        kept_bytes_ += bytes.size();
        budget_.take(bytes.size());
        chunks_.push_back(std::make_shared<const std::string>(std::move(bytes)));
        if (has_ended_) {
            count_ = first_ + chunks_.size();
        }
    }
    made_.raise();
}

void KeptAnswer::finish(bool is_broken) {
    {
        const std::scoped_lock lock(mutex_);
        is_broken_ = is_broken;
        if (!is_broken) {
            count_ = first_ + chunks_.size();
        }
    }
    made_.raise();
}

Task<std::shared_ptr<const std::string>> KeptAnswer::start() {
    const std::uint64_t seen = made_.count();
    {
        const std::scoped_lock lock(mutex_);
        if (start_) {
            co_return start_;
        }
    }
    co_await made_.wait_beyond(seen, kAnswerPatience);
    const std::scoped_lock lock(mutex_);
    co_return start_;
}

Task<KeptAnswer::Chunk> KeptAnswer::chunk(std::uint64_t number, std::uint64_t has) {
    {
        const std::scoped_lock lock(mutex_);
        while (first_ < has && !chunks_.empty()) {
            kept_bytes_ -= chunks_.front()->size();
            budget_.give_back(chunks_.front()->size());
            chunks_.pop_front();
            ++first_;
        }
    }
    wanted_.raise();
    runtime::Executor& executor = runtime::Executor::current();
    const runtime::Instant end = executor.now() + kAnswerPatience;
    while (true) {
        const std::uint64_t seen = made_.count();
        {
            const std::scoped_lock lock(mutex_);
            if (is_aborted_ || number < first_) {
                co_return Chunk{.state = Chunk::State::Broken};
            }
            if (number < first_ + chunks_.size()) {
                co_return Chunk{.state = Chunk::State::Here,
                                .bytes = chunks_[number - first_],
                                .count = count_};
            }
            if (count_ || is_broken_) {
                co_return Chunk{
                    .state = is_broken_ ? Chunk::State::Broken : Chunk::State::BehindTheEnd,
                    .count = count_};
            }
        }
        if (executor.now() >= end) {
            co_return Chunk{};
        }
        co_await made_.wait_beyond(seen, end - executor.now());
    }
}

void KeptAnswer::abort() {
    {
        const std::scoped_lock lock(mutex_);
        is_aborted_ = true;
        budget_.give_back(kept_bytes_);
        kept_bytes_ = 0;
        first_ += chunks_.size();
        chunks_.clear();
    }
    made_.raise();
    wanted_.raise();
}

bool KeptAnswer::is_aborted() const {
    const std::scoped_lock lock(mutex_);
    return is_aborted_;
}

}  // namespace antipode::edge

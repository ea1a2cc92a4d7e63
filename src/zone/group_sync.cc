#include "zone/group_sync.h"

#include <mutex>
#include <utility>
#include <vector>

#include "runtime/one_shot.h"

namespace antipode::zone {

struct GroupSync::State {
    struct Waiter {
        std::shared_ptr<SegmentFile> file;
        Done done;
    };

    std::shared_ptr<ZoneWatch> watch;
    std::mutex mutex;
    std::vector<Waiter> waiting;
    bool is_flushing = false;
    bool is_stopping = false;
};

GroupSync::GroupSync(const std::string& thread_name, std::shared_ptr<ZoneWatch> watch)
    : state_(std::make_shared<State>()), thread_(thread_name, 1, 2) {
    state_->watch = std::move(watch);
    thread_.post(runtime::ask_for_short_slice);
}

GroupSync::~GroupSync() {
    stop(runtime::Duration::zero());
}

void GroupSync::sync(std::shared_ptr<SegmentFile> file, Done done) {
    bool is_stopping = false;
    bool starts = false;
    {
        const std::scoped_lock lock(state_->mutex);
        is_stopping = state_->is_stopping;
        if (!is_stopping) {
            starts = !std::exchange(state_->is_flushing, true);
            state_->waiting.push_back({std::move(file), std::move(done)});
        }
    }
    if (is_stopping) {
        done(fail(ErrorCode::Unavailable, "the zone is closing"));
    } else if (starts) {
        thread_.post([state = state_] { flush_until_idle(state); });
    }
}

Task<Result<void>> GroupSync::sync(std::shared_ptr<SegmentFile> file) {
    const runtime::OneShot<Result<void>> shot;
    sync(std::move(file), [shot](Result<void> result) { shot.set(std::move(result)); });
    co_return co_await shot.wait();
}

void GroupSync::flush_until_idle(const std::shared_ptr<State>& state) {
    while (true) {
        std::vector<State::Waiter> batch;
        {
            const std::scoped_lock lock(state->mutex);
            if (state->waiting.empty()) {
                state->is_flushing = false;
                return;
            }
            batch.swap(state->waiting);
        }
        std::vector<std::pair<SegmentFile*, Result<void>>> flushed;
        for (State::Waiter& waiter : batch) {
            auto found = flushed.begin();
            while (found != flushed.end() && found->first != waiter.file.get()) {
                ++found;
            }
            if (found == flushed.end()) {
                ZoneOperation operation(state->watch);
                flushed.emplace_back(waiter.file.get(), operation.done(waiter.file->sync()));
                found = flushed.end() - 1;
            }
            waiter.done(found->second);
        }
    }
}

bool GroupSync::stop(runtime::Duration patience) {
    std::vector<State::Waiter> dropped;
    {
        const std::scoped_lock lock(state_->mutex);
        state_->is_stopping = true;
        dropped.swap(state_->waiting);
    }
    for (State::Waiter& waiter : dropped) {
        waiter.done(fail(ErrorCode::Unavailable, "the zone is closing"));
    }
    return thread_.stop(patience);
}

}  // namespace antipode::zone

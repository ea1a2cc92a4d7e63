#include "bench/load/worker.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <sys/epoll.h>
#include <thread>
#include <unistd.h>

#include "base/check.h"

namespace antipode::bench {

namespace {

constexpr auto kRequestTimeMax = std::chrono::seconds(30);
constexpr auto kDrainTimeMax = std::chrono::seconds(30);
constexpr auto kRefusedPause = std::chrono::milliseconds(5);
constexpr int kEventsMax = 256;

}  // namespace

Worker::Worker(Run& run, const Bodies& bodies, sockaddr_in address, std::uint32_t index)
    : run_(run),
      index_(index),
      writer_(run.options, bodies),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      random_(index + 1) {
    CHECK(epoll_ >= 0);
    const Options& options = run.options;
    const std::uint32_t count = options.connections / options.threads +
                                (index < options.connections % options.threads ? 1 : 0);
    const Connection::Context context{.address = address,
                                      .epoll = epoll_,
                                      .options = &options,
                                      .bodies = &bodies,
                                      .tally = &tally_};
    for (std::uint32_t tag = 0; tag < count; ++tag) {
        connections_.emplace_back(context, tag);
        idle_.push_back(tag);
    }
}

Worker::~Worker() {
    connections_.clear();
    ::close(epoll_);
}

void Worker::open_connections() {
    for (Connection& connection : connections_) {
        connection.open();
    }
}

Clock::time_point Worker::next_due() const {
    const Options& options = run_.options;
    if (options.rate <= 0) {
        return run_.begin;
    }
    // The threads take turns, so that together they are evenly spaced.
    const double turns = static_cast<double>(started_) * options.threads + index_;
    return run_.begin +
           std::chrono::nanoseconds(static_cast<std::int64_t>(turns / options.rate * 1e9));
}

void Worker::work() {
    std::array<epoll_event, kEventsMax> events{};
    for (;;) {
        Clock::time_point now = Clock::now();
        issue(now);
        const bool stopping = exhausted_ || now >= run_.end;
        if (stopping && idle_.size() == connections_.size()) {
            return;
        }
        abandon_late(now);
        // An answer wakes us; in the open loop the next due time does, too.
        auto patience = std::chrono::nanoseconds(std::chrono::milliseconds(100));
        if (run_.options.rate > 0 && !stopping && !idle_.empty()) {
            patience = std::clamp(next_due() - now, std::chrono::nanoseconds(0), patience);
        }
        const timespec timeout{.tv_sec = 0, .tv_nsec = patience.count()};
        const int count = ::epoll_pwait2(epoll_, events.data(), kEventsMax, &timeout, nullptr);
        now = Clock::now();
        for (int at = 0; at < count; ++at) {
            const std::uint32_t tag = events.at(static_cast<std::size_t>(at)).data.u32;
            const bool was_busy = connections_.at(tag).busy();
            const std::optional<Outcome> outcome = connections_.at(tag).ready();
            if (outcome) {
                record(*outcome, Clock::now());
            }
            if (was_busy && !connections_.at(tag).busy()) {
                idle_.push_back(tag);
            }
        }
    }
}

/// Gives the idle connections work: all of them in the closed loop, as many as are due in the open
/// one.
void Worker::issue(Clock::time_point now) {
    std::size_t tries =
        idle_.size();  // A request that fails at once makes its connection idle again.
    while (tries-- > 0 && !idle_.empty() && now < run_.end && !exhausted_) {
        const Clock::time_point due = run_.options.rate > 0 ? next_due() : Clock::now();
        if (due > now && run_.options.rate > 0) {
            return;
        }
        const std::uint32_t tag = idle_.back();
        idle_.pop_back();
        start(tag, due);
    }
}

void Worker::start(std::uint32_t tag, Clock::time_point due) {
    const std::optional<Job> job = next_job();
    if (!job) {
        exhausted_ = true;
        idle_.push_back(tag);
        return;
    }
    ++started_;
    std::string head;
    writer_.write(*job, std::time(nullptr), head);
    if (const auto outcome = connections_.at(tag).send(*job, due, std::move(head))) {
        record(*outcome, Clock::now());
        idle_.push_back(tag);
        if (outcome->failure.starts_with("connect")) {
            std::this_thread::sleep_for(kRefusedPause);  // Nobody listens: do not spin.
        }
    }
}

std::optional<Job> Worker::next_job() {
    const Options& options = run_.options;
    if (options.count > 0 && run_.issued.fetch_add(1, std::memory_order_relaxed) >= options.count) {
        return std::nullopt;
    }
    Job job;
    job.verb = options.mix.table.size() == 1
                   ? options.mix.table.front()
                   : options.mix.table.at(random_() % options.mix.table.size());
    switch (job.verb) {
        case Verb::Put:
        case Verb::Delete:
            job.number = run_.next_key.fetch_add(1, std::memory_order_relaxed);
            break;
        case Verb::Get:
        case Verb::Head:
            job.number = random_() % options.keys;
            break;
        case Verb::List:
            job.number =
                random_() %
                (options.keys > options.list_keys_max ? options.keys - options.list_keys_max : 1);
            break;
    }
    if (job.verb == Verb::Get || job.verb == Verb::List) {
        job.verify = options.verify_every > 0 && reads_++ % options.verify_every == 0;
    }
    return job;
}

void Worker::record(const Outcome& outcome, Clock::time_point now) {
    if (outcome.failure.empty()) {
        note_success(now);
    }
    // By the time of its answer: a run's requests per second are those answered within it.
    if (now < run_.measured ||
        (now > run_.end && run_.options.count == 0 && outcome.failure.empty())) {
        return;
    }
    VerbTally& verb = tally_.of(outcome.job.verb);
    if (!outcome.failure.empty()) {
        ++verb.failed;
        ++tally_.failures[outcome.failure];
        return;
    }
    verb.latency.add(now - outcome.due);
    verb.bytes += outcome.bytes;
    verb.verified += outcome.job.verify ? 1 : 0;
}

void Worker::note_success(Clock::time_point now) {
    const std::int64_t now_ns = now.time_since_epoch().count();
    const std::int64_t last = run_.last_success_ns.exchange(now_ns, std::memory_order_relaxed);
    if (last != 0 && now >= run_.measured) {
        const std::int64_t gap = now_ns - std::max(last, run_.measured.time_since_epoch().count());
        std::int64_t longest = run_.longest_gap_ns.load(std::memory_order_relaxed);
        while (gap > longest && !run_.longest_gap_ns.compare_exchange_weak(
                                    longest, gap, std::memory_order_relaxed)) {
        }
    }
}

void Worker::abandon_late(Clock::time_point now) {
    if (now - checked_for_late_ < std::chrono::seconds(1)) {
        return;
    }
    checked_for_late_ = now;
    const bool drained = now > run_.end + kDrainTimeMax;
    for (std::uint32_t tag = 0; tag < connections_.size(); ++tag) {
        Connection& connection = connections_.at(tag);
        if (connection.busy() && (drained || now - connection.due() > kRequestTimeMax)) {
            record(connection.abandon("no answer in time"), now);
            idle_.push_back(tag);
        }
    }
}

}  // namespace antipode::bench

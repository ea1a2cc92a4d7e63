#include "lifecycle/daily.h"

#include <algorithm>
#include <utility>

#include "base/record.h"

namespace antipode::lifecycle {

namespace {

using namespace std::chrono_literals;

constexpr const char* kSetting = "lifecycle";
constexpr std::uint8_t kFormat = 1;
/// What a crash may make a walk look at again, and its figures leave out.
constexpr runtime::Duration kSaveEvery = 1s;
constexpr runtime::Duration kLook = 1min;
constexpr runtime::Duration kAfterFailure = 10min;

std::int64_t milliseconds(runtime::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

void write_figures(RecordWriter& out, const Figures& figures) {
    for (const std::uint64_t figure : {figures.buckets,
                                       figures.looked_at,
                                       figures.expired,
                                       figures.versions_removed,
                                       figures.markers_removed,
                                       figures.moved,
                                       figures.uploads_aborted,
                                       figures.changed_meanwhile,
                                       figures.refused}) {
        out.varint(figure);
    }
}

Figures read_figures(RecordReader& in) {
    Figures figures;
    for (std::uint64_t* figure : {&figures.buckets,
                                  &figures.looked_at,
                                  &figures.expired,
                                  &figures.versions_removed,
                                  &figures.markers_removed,
                                  &figures.moved,
                                  &figures.uploads_aborted,
                                  &figures.changed_meanwhile,
                                  &figures.refused}) {
        *figure = in.varint();
    }
    return figures;
}

}  // namespace

void Daily::start() {
    running_.spawn(keep_period());
}

void Daily::close() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    stopping_.raise();
}

bool Daily::begin() {
    return begin(From::Beginning);
}

Daily::Status Daily::status() const {
    const std::scoped_lock lock(mutex_);
    Status status = status_;
    status.next_ms = due_ms();
    return status;
}

Figures Daily::totals() const {
    const std::scoped_lock lock(mutex_);
    return totals_;
}

/// Under the mutex; 0 = never by itself.
std::int64_t Daily::due_ms() const {
    if (period_ == runtime::Duration::zero() || status_.state == State::Running) {
        return 0;
    }
    const std::int64_t period_ms = milliseconds(period_);
    if (status_.state == State::Failed) {
        return status_.ended_ms + std::min(period_ms, milliseconds(kAfterFailure));
    }
    return (std::max(noted_ms_, status_.started_ms) / period_ms + 1) * period_ms;
}

Task<void> Daily::keep_period() {
    bool is_loaded = false;
    while (true) {
        const std::uint64_t seen = stopping_.count();
        bool is_due = false;
        From from = From::Beginning;
        if (!is_loaded) {
            is_loaded = co_await load();
        }
        {
            const std::scoped_lock lock(mutex_);
            if (is_stopping_) {
                co_return;
            }
            const std::int64_t due = due_ms();
            is_due = is_loaded && due != 0 && due <= now_ms();
            if (status_.state == State::Failed) {
                from = From::WhereItWas;
            }
        }
        if (is_due) {
            begin(from);
        }
        co_await stopping_.wait_beyond(seen, kLook);
    }
}

/// What is known from before; goes on with what was broken off. False: it could not be read.
Task<bool> Daily::load() {
    const auto row = co_await catalog_.get_setting(kSetting);
    if (!row) {
        co_return false;
    }
    bool is_broken_off = false;
    {
        const std::scoped_lock lock(mutex_);
        if (status_.state != State::Never) {
            co_return true;  // Somebody was quicker and began one.
        }
        if (!*row || !decode(**row)) {
            noted_ms_ = now_ms();
        }
        is_broken_off = status_.state == State::Running;
        if (is_broken_off) {
            status_.state = State::Failed;
        }
    }
    if (is_broken_off) {
        begin(From::WhereItWas);
    } else if (!*row) {
        co_await save();
    }
    co_return true;
}

bool Daily::begin(From from) {
    {
        const std::scoped_lock lock(mutex_);
        if (status_.state == State::Running || is_stopping_) {
            return false;
        }
        if (from == From::Beginning) {
            status_ = {};
            place_ = {};
            status_.started_ms = now_ms();
        }
        status_.state = State::Running;
        status_.ended_ms = 0;
        status_.error.clear();
    }
    running_.spawn(run());
    return true;
}

Task<void> Daily::run() {
    co_await save();
    const Result<void> walked = co_await walk_all();
    {
        const std::scoped_lock lock(mutex_);
        if (!walked && is_stopping_) {
            co_return;  // As it is written down it goes on after the start.
        }
        status_.ended_ms = now_ms();
        status_.state = walked ? State::Done : State::Failed;
        if (walked) {
            place_ = {};
        } else {
            status_.error = walked.error().message;
        }
    }
    co_await save();
}

Task<Result<void>> Daily::walk_all() {
    const Place from = place_;
    for (const auto& bucket : catalog_.buckets()) {
        const std::string name = bucket->config()->name.str();
        if (name < from.bucket || !bucket->lifecycle()) {
            continue;
        }
        BucketWalk walk{.bucket = bucket,
                        .after_key = name == from.bucket ? from.key : std::string(),
                        .refused = [this](const Error& error) { note_refusal(error); },
                        .pause = {}};
        walk.pause = [this, name](Figures done, std::string behind_key) {
            return note(name, done, std::move(behind_key));
        };
        const auto walked = co_await walk_bucket(tools_, std::move(walk));
        if (!walked && walked.error().retryable()) {
            co_return walked;
        }
        if (!walked && walked.error().code != ErrorCode::NoSuchBucket) {
            // What is wrong with one bucket is no reason to leave the others out.
            note_refusal(walked.error());
        }
    }
    co_return Result<void>{};
}

/// False when it is to end.
Task<bool> Daily::note(std::string bucket, Figures done, std::string behind_key) {
    bool is_to_save = false;
    {
        const std::scoped_lock lock(mutex_);
        status_.figures += done;
        totals_ += done;
        place_ = {.bucket = std::move(bucket), .key = std::move(behind_key)};
        is_to_save = is_stopping_ || runtime::Executor::current().now() - saved_at_ >= kSaveEvery;
    }
    if (is_to_save) {
        co_await save();
    }
    const std::scoped_lock lock(mutex_);
    co_return !is_stopping_;
}

void Daily::note_refusal(const Error& error) {
    const std::scoped_lock lock(mutex_);
    status_.error = error.message;
}

/// What cannot be saved is saved with the next.
Task<void> Daily::save() {
    std::string row;
    {
        const std::scoped_lock lock(mutex_);
        saved_at_ = runtime::Executor::current().now();
        row = encode();
    }
    static_cast<void>(co_await catalog_.put_setting(kSetting, std::move(row)));
}

/// Under the mutex.
std::string Daily::encode() const {
    RecordWriter out;
    out.u8(kFormat);
    out.u8(static_cast<std::uint8_t>(status_.state));
    out.u64(static_cast<std::uint64_t>(noted_ms_));
    out.u64(static_cast<std::uint64_t>(status_.started_ms));
    out.u64(static_cast<std::uint64_t>(status_.ended_ms));
    out.text(place_.bucket);
    out.text(place_.key);
    out.text(status_.error);
    write_figures(out, status_.figures);
    return out.take();
}

/// Under the mutex. A row of a newer program, or none, changes nothing.
Result<void> Daily::decode(std::string_view row) {
    RecordReader in(row);
    if (in.u8() != kFormat) {
        return fail(ErrorCode::NotImplemented, "the state of lifecycle is of another format");
    }
    Status status;
    const std::uint8_t state = in.u8();
    const auto noted_ms = static_cast<std::int64_t>(in.u64());
    status.started_ms = static_cast<std::int64_t>(in.u64());
    status.ended_ms = static_cast<std::int64_t>(in.u64());
    Place place;
    place.bucket = in.text();
    place.key = in.text();
    status.error = in.text();
    status.figures = read_figures(in);
    TRY_VOID(in.finish("the state of lifecycle"));
    if (state > static_cast<std::uint8_t>(State::Failed)) {
        return fail(ErrorCode::Corrupt, "the state of lifecycle is none");
    }
    status.state = static_cast<State>(state);
    status_ = std::move(status);
    noted_ms_ = noted_ms;
    place_ = std::move(place);
    return {};
}

}  // namespace antipode::lifecycle

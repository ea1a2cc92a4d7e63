#include "admin/scrubs.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "admin/lost_body_events.h"
#include "base/record.h"

namespace antipode::admin {

namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kFormat = 2;
constexpr std::uint8_t kFormatWithOwners = 1;  ///< Named each body that was lost.
/// What a crash may make a scrub do again.
constexpr runtime::Duration kSaveEvery = 10s;
constexpr runtime::Duration kLook = 1min;
constexpr runtime::Duration kAfterFailure = 1h;

std::int64_t milliseconds(runtime::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

std::string_view name_of(Scrubs::State state) {
    switch (state) {
        case Scrubs::State::Never:
            return "never";
        case Scrubs::State::Running:
            return "running";
        case Scrubs::State::Done:
            return "done";
        case Scrubs::State::Failed:
            return "failed";
    }
    return "";
}

boost::json::object as_json(const Scrubs::Status& status) {
    return {{"state", name_of(status.state)},
            {"progress", status.progress},
            {"started_ms", status.started_ms},
            {"ended_ms", status.ended_ms},
            {"next_ms", status.next_ms},
            {"error", status.error},
            {"checked", status.outcome.checked},
            {"bytes", status.outcome.bytes},
            {"healed", status.outcome.healed},
            {"not_checked", status.outcome.not_checked},
            {"lost", status.outcome.lost}};
}

}  // namespace

void Scrubs::start() {
    running_.spawn(keep_period());
}

void Scrubs::close() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    stopping_.raise();
}

bool Scrubs::begin() {
    return begin(From::Beginning, {});
}

Scrubs::Status Scrubs::status() const {
    const std::scoped_lock lock(mutex_);
    Status status = status_;
    status.next_ms = due_ms();
    return status;
}

/// Under the mutex; 0 = never by itself.
std::int64_t Scrubs::due_ms() const {
    if (period_ == runtime::Duration::zero() || status_.state == State::Running) {
        return 0;
    }
    const std::int64_t period_ms = milliseconds(period_);
    if (status_.state == State::Failed) {
        return status_.ended_ms + std::min(period_ms, milliseconds(kAfterFailure));
    }
    return std::max(noted_ms_, status_.started_ms) + period_ms;
}

Task<void> Scrubs::keep_period() {
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
            begin(from, period_ / 2);
        }
        co_await stopping_.wait_beyond(seen, kLook);
    }
}

/// What is known from before; goes on with what was broken off. False: it could not be read.
Task<bool> Scrubs::load() {
    const auto row = co_await book_.load();
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
        begin(From::WhereItWas, period_ / 2);
    } else if (!*row) {
        co_await save();
    }
    co_return true;
}

bool Scrubs::begin(From from, runtime::Duration within) {
    ScrubOrder order;
    {
        const std::scoped_lock lock(mutex_);
        if (status_.state == State::Running || is_stopping_) {
            return false;
        }
        if (from == From::Beginning) {
            status_ = {};
            place_.clear();
            status_.started_ms = now_ms();
        }
        status_.state = State::Running;
        status_.ended_ms = 0;
        status_.error.clear();
        order.from = place_;
        order.so_far = status_.outcome;
    }
    order.within = within;
    order.lost = finds_.lost;
    order.progress = [this](double progress) {
        const std::scoped_lock lock(mutex_);
        status_.progress = progress;
    };
    order.checkpoint = [this](ScrubOutcome so_far, std::string place) {
        return checkpoint(std::move(so_far), std::move(place));
    };
    running_.spawn(run(std::move(order)));
    return true;
}

Task<void> Scrubs::run(ScrubOrder order) {
    co_await save();
    Result<ScrubOutcome> outcome = co_await work_(std::move(order));
    std::string text;
    if (outcome && outcome->not_checked == 0) {
        co_await finds_.complete(status().started_ms);
    }
    {
        const std::scoped_lock lock(mutex_);
        if (!outcome && is_stopping_) {
            co_return;  // As it is written down it goes on after the start.
        }
        status_.ended_ms = now_ms();
        status_.state = outcome ? State::Done : State::Failed;
        if (outcome) {
            place_.clear();
            status_.progress = 1.0;
            status_.outcome = std::move(*outcome);
            text = fmt::format("a scrub ended: {} bodies, {} pieces healed, {} bodies lost",
                               status_.outcome.checked,
                               status_.outcome.healed,
                               status_.outcome.lost);
        } else {
            status_.error = outcome.error().message;
            text = "a scrub failed: " + status_.error;
        }
    }
    events_.add(runtime::Executor::current().wall_now(), "scrub", std::move(text));
    co_await save();
}

Task<void> Scrubs::checkpoint(ScrubOutcome so_far, std::string place) {
    {
        const std::scoped_lock lock(mutex_);
        status_.outcome = std::move(so_far);
        place_ = std::move(place);
        if (runtime::Executor::current().now() - saved_at_ < kSaveEvery) {
            co_return;
        }
    }
    co_await save();
}

/// What cannot be saved is saved with the next.
Task<void> Scrubs::save() {
    std::string row;
    {
        const std::scoped_lock lock(mutex_);
        saved_at_ = runtime::Executor::current().now();
        row = encode();
    }
    static_cast<void>(co_await book_.save(std::move(row)));
}

/// Under the mutex.
std::string Scrubs::encode() const {
    RecordWriter out;
    out.u8(kFormat);
    out.u8(static_cast<std::uint8_t>(status_.state));
    out.u64(static_cast<std::uint64_t>(noted_ms_));
    out.u64(static_cast<std::uint64_t>(status_.started_ms));
    out.u64(static_cast<std::uint64_t>(status_.ended_ms));
    out.text(place_);
    out.text(status_.error);
    out.u64(status_.outcome.checked);
    out.u64(status_.outcome.bytes);
    out.u64(status_.outcome.healed);
    out.u64(status_.outcome.not_checked);
    out.varint(status_.outcome.lost);
    return out.take();
}

/// Under the mutex. A row of a newer program, or none, changes nothing.
Result<void> Scrubs::decode(std::string_view row) {
    RecordReader in(row);
    const std::uint8_t format = in.u8();
    if (format != kFormat && format != kFormatWithOwners) {
        return fail(ErrorCode::NotImplemented, "the state of the scrub is of another format");
    }
    Status status;
    const std::uint8_t state = in.u8();
    const auto noted_ms = static_cast<std::int64_t>(in.u64());
    status.started_ms = static_cast<std::int64_t>(in.u64());
    status.ended_ms = static_cast<std::int64_t>(in.u64());
    std::string place(in.text());
    status.error = in.text();
    status.outcome.checked = in.u64();
    status.outcome.bytes = in.u64();
    status.outcome.healed = in.u64();
    status.outcome.not_checked = in.u64();
    status.outcome.lost = in.varint();
    for (std::uint64_t i = 0; format == kFormatWithOwners && i < status.outcome.lost && in.ok();
         ++i) {
        in.text();
    }
    TRY_VOID(in.finish("the state of the scrub"));
    if (state > static_cast<std::uint8_t>(State::Failed)) {
        return fail(ErrorCode::Corrupt, "the state of the scrub is none");
    }
    status.state = static_cast<State>(state);
    status.progress = status.state == State::Done ? 1.0 : 0.0;
    status_ = std::move(status);
    noted_ms_ = noted_ms;
    place_ = std::move(place);
    return {};
}

boost::json::value ScrubRoutes::describe() const {
    boost::json::object out = as_json(scrubs_.status());
    boost::json::array beyond_repair;
    for (const replication::LostBody& body : lost_.list()) {
        beyond_repair.emplace_back(admin::describe(body));
    }
    out.emplace("beyond_repair", std::move(beyond_repair));
    return out;
}

Task<Answer> ScrubRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        co_return describe();
    }
    if (call.is("POST", 0)) {
        if (!scrubs_.begin()) {
            co_return fail(ErrorCode::Conflict,
                           "a scrub is running already; GET scrub shows how far it is");
        }
        co_return describe();
    }
    co_return no_such_route(call);
}

}  // namespace antipode::admin

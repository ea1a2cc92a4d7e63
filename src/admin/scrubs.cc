#include "admin/scrubs.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

namespace antipode::admin {

namespace {

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

boost::json::value describe(const Scrubs::Status& status) {
    return {{"state", name_of(status.state)},
            {"progress", status.progress},
            {"started_ms", status.started_ms},
            {"ended_ms", status.ended_ms},
            {"error", status.error},
            {"checked", status.outcome.checked},
            {"bytes", status.outcome.bytes},
            {"healed", status.outcome.healed},
            {"not_checked", status.outcome.not_checked},
            {"lost", boost::json::value_from(status.outcome.lost)}};
}

}  // namespace

bool Scrubs::begin() {
    {
        const std::scoped_lock lock(mutex_);
        if (status_.state == State::Running) {
            return false;
        }
        status_ = {};
        status_.state = State::Running;
        status_.started_ms = now_ms();
    }
    running_.spawn(run());
    return true;
}

Scrubs::Status Scrubs::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

Task<void> Scrubs::run() {
    const auto note_progress = [this](double progress) {
        const std::scoped_lock lock(mutex_);
        status_.progress = progress;
    };
    Result<ScrubOutcome> outcome = co_await work_(note_progress);
    std::string text;
    {
        const std::scoped_lock lock(mutex_);
        status_.ended_ms = now_ms();
        status_.state = outcome ? State::Done : State::Failed;
        if (outcome) {
            status_.progress = 1.0;
            status_.outcome = std::move(*outcome);
            text = fmt::format("a scrub ended: {} bodies, {} pieces healed, {} bodies lost",
                               status_.outcome.checked,
                               status_.outcome.healed,
                               status_.outcome.lost.size());
        } else {
            status_.error = outcome.error().message;
            text = "a scrub failed: " + status_.error;
        }
    }
    events_.add(runtime::Executor::current().wall_now(), "scrub", std::move(text));
}

Task<Answer> ScrubRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        co_return describe(scrubs_.status());
    }
    if (call.is("POST", 0)) {
        if (!scrubs_.begin()) {
            co_return fail(ErrorCode::Conflict,
                           "a scrub is running already; GET scrub shows how far it is");
        }
        co_return describe(scrubs_.status());
    }
    co_return no_such_route(call);
}

}  // namespace antipode::admin

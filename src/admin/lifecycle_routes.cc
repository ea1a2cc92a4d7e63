#include "admin/lifecycle_routes.h"

#include <boost/json/object.hpp>

namespace antipode::admin {

namespace {

using lifecycle::Daily;

std::string_view name_of(Daily::State state) {
    switch (state) {
        case Daily::State::Never:
            return "never";
        case Daily::State::Running:
            return "running";
        case Daily::State::Done:
            return "done";
        case Daily::State::Failed:
            return "failed";
    }
    return "";
}

boost::json::value describe(const Daily::Status& status) {
    const lifecycle::Figures& figures = status.figures;
    return {{"state", name_of(status.state)},
            {"started_ms", status.started_ms},
            {"ended_ms", status.ended_ms},
            {"next_ms", status.next_ms},
            {"error", status.error},
            {"buckets", figures.buckets},
            {"looked_at", figures.looked_at},
            {"expired", figures.expired},
            {"versions_removed", figures.versions_removed},
            {"markers_removed", figures.markers_removed},
            {"moved", figures.moved},
            {"uploads_aborted", figures.uploads_aborted},
            {"changed_meanwhile", figures.changed_meanwhile},
            {"refused", figures.refused}};
}

}  // namespace

Task<Answer> LifecycleRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        co_return describe(daily_.status());
    }
    if (call.is("POST", 0)) {
        if (!daily_.begin()) {
            co_return fail(ErrorCode::Conflict,
                           "lifecycle is running already; GET lifecycle shows how far it is");
        }
        co_return describe(daily_.status());
    }
    co_return no_such_route(call);
}

}  // namespace antipode::admin

#include "admin/zone_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include "admin/json_fields.h"
#include "admin/maintain_zone.h"
#include "admin/replace_zone.h"

namespace antipode::admin {

namespace {

bool is_member(zone::ZoneState state) {
    return state == zone::ZoneState::Ok || state == zone::ZoneState::Suspect;
}

boost::json::value to_json(const Drill& drill, const std::string& zone_name) {
    return {{"zone", zone_name},
            {"mode", name_of(drill.mode)},
            {"ends_ms", drill.ends.time_since_epoch().count()}};
}

boost::json::value milliseconds(const std::optional<runtime::Duration>& duration) {
    return duration
               ? boost::json::value(std::chrono::duration<double, std::milli>(*duration).count())
               : boost::json::value();
}

boost::json::value to_json(const DrillReport& report, const std::string& zone_name) {
    return {{"zone", zone_name},
            {"mode", name_of(report.drill.mode)},
            {"state",
             report.is_over     ? "over"
             : report.is_lifted ? "recovering"
                                : "running"},
            {"began_ms", report.began.time_since_epoch().count()},
            {"ends_ms", report.drill.ends.time_since_epoch().count()},
            {"requests", report.traffic.requests},
            {"failed", report.traffic.failed},
            {"longest_gap_ms", milliseconds(report.traffic.longest_gap)},
            {"noticed_after_ms", milliseconds(report.noticed_after)},
            {"protected_after_ms", milliseconds(report.protected_after)}};
}

}  // namespace

std::vector<std::string> could_lose(const std::vector<zone::ZoneStatus>& zones) {
    std::vector<std::string> names;
    std::vector<std::string> missing;
    for (const zone::ZoneStatus& zone : zones) {
        names.push_back(zone.name);
        if (!is_member(zone.state)) {
            missing.push_back(zone.name);
        }
    }
    if (missing.empty()) {
        return names;
    }
    return missing.size() == 1 ? missing : std::vector<std::string>{};
}

Task<Answer> ZoneRoutes::handle(Call call) {
    if (call.is("GET", 0)) {
        co_return status();
    }
    if (call.is("POST", 2) && call.path[1] == "drill") {
        co_return begin_drill(call);
    }
    if (call.is("GET", 2) && call.path[1] == "drill") {
        co_return drill_report(call);
    }
    if (call.is("DELETE", 2) && call.path[1] == "drill") {
        co_return end_drill(call);
    }
    if (call.is("POST", 2) && call.path[1] == "replace") {
        co_return co_await replace(std::move(call));
    }
    if (call.is("POST", 2) && call.path[1] == "maintenance") {
        co_return co_await begin_maintenance(std::move(call));
    }
    if (call.is("DELETE", 2) && call.path[1] == "maintenance") {
        co_return end_maintenance(call);
    }
    co_return no_such_route(call);
}

boost::json::value ZoneRoutes::status() const {
    const std::vector<zone::ZoneStatus> zones = parts_.zones.status();
    boost::json::array list;
    for (const zone::ZoneStatus& zone : zones) {
        list.push_back({{"name", zone.name},
                        {"state", name_of(zone.state)},
                        {"reason", zone.reason},
                        {"progress", zone.progress},
                        {"maintenance", zone.is_held},
                        {"directory", zone.directory}});
    }
    boost::json::array drills;
    for (const Drill& drill : parts_.drills.running()) {
        drills.push_back(to_json(drill, zones.at(drill.zone).name));
    }
    return {{"zones", std::move(list)},
            {"under_protected", parts_.protection.under_protected()},
            {"could_lose", boost::json::value_from(could_lose(zones))},
            {"drills", std::move(drills)}};
}

Result<std::size_t> ZoneRoutes::find(const std::string& name) const {
    const auto& names = parts_.zones.options().names;
    for (std::size_t zone = 0; zone < names.size(); ++zone) {
        if (names.at(zone) == name) {
            return zone;
        }
    }
    return fail(
        ErrorCode::NotFound,
        fmt::format(
            "there is no zone '{}'; there are {}, {} and {}", name, names[0], names[1], names[2]));
}

Answer ZoneRoutes::begin_drill(const Call& call) {
    TRY_VOID(only_fields(call.body, {"mode", "duration_ms"}));
    TRY(const std::size_t zone, find(call.path[0]));
    TRY(const std::string mode_name, text(call.body, "mode"));
    TRY(const DrillMode mode, parse_drill_mode(mode_name));
    TRY(const std::uint64_t duration_ms, whole_number(call.body, "duration_ms"));
    constexpr auto kMost = std::chrono::milliseconds(ZoneDrills::kDurationMax).count();
    if (duration_ms > static_cast<std::uint64_t>(kMost)) {
        return fail(ErrorCode::InvalidArgument, "a drill lasts at most an hour");
    }
    TRY(const Drill drill, parts_.drills.begin(zone, mode, std::chrono::milliseconds(duration_ms)));
    parts_.reports.begin(drill);
    parts_.events.add(runtime::Executor::current().wall_now(),
                      call.path[0],
                      fmt::format("a drill begins: {} for {} ms", mode_name, duration_ms));
    return to_json(drill, call.path[0]);
}

Answer ZoneRoutes::drill_report(const Call& call) const {
    TRY(const std::size_t zone, find(call.path[0]));
    const std::optional<DrillReport> report = parts_.reports.latest(zone);
    if (!report) {
        return fail(ErrorCode::NotFound,
                    fmt::format("the latest drill since the start was not on {}", call.path[0]));
    }
    return to_json(*report, call.path[0]);
}

Answer ZoneRoutes::end_drill(const Call& call) {
    TRY(const std::size_t zone, find(call.path[0]));
    if (!parts_.drills.end(zone)) {
        return fail(ErrorCode::NotFound, fmt::format("no drill is running on {}", call.path[0]));
    }
    parts_.events.add(runtime::Executor::current().wall_now(), call.path[0], "the drill was ended");
    return boost::json::object{{"ended", true}};
}

Task<Answer> ZoneRoutes::replace(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"directory"}));
    CO_TRY(const std::size_t zone, find(call.path[0]));
    CO_TRY(std::string directory, text(call.body, "directory"));
    CO_TRY_VOID(co_await replace_zone(parts_.zones, parts_.files, zone, directory));
    parts_.events.add(
        runtime::Executor::current().wall_now(), call.path[0], "was replaced by " + directory);
    co_return boost::json::value{{"zone", call.path[0]}, {"directory", directory}};
}

Task<Answer> ZoneRoutes::begin_maintenance(Call call) {
    CO_TRY_VOID(only_fields(call.body, {"at_once"}));
    CO_TRY(const std::size_t zone, find(call.path[0]));
    CO_TRY(const bool is_at_once, flag(call.body, "at_once"));
    CO_TRY_VOID(
        co_await admin::begin_maintenance(parts_.zones, parts_.protection, zone, is_at_once));
    parts_.events.add(
        runtime::Executor::current().wall_now(), call.path[0], "was taken out for maintenance");
    co_return boost::json::value{{"zone", call.path[0]}, {"maintenance", true}};
}

Answer ZoneRoutes::end_maintenance(const Call& call) {
    TRY(const std::size_t zone, find(call.path[0]));
    TRY_VOID(parts_.zones.release(zone));
    parts_.events.add(
        runtime::Executor::current().wall_now(), call.path[0], "is let back after maintenance");
    return boost::json::object{{"zone", call.path[0]}, {"maintenance", false}};
}

}  // namespace antipode::admin

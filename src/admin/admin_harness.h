#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/admin_api.h"
#include "admin/event_routes.h"
#include "admin/request_signature.h"
#include "admin/zone_routes.h"
#include "codec/http_date.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"
#include "runtime/temporary_directory.h"

/// For tests of this room only: the API with what it needs, asked with signed requests on one
/// simulated thread.
namespace antipode::admin {

using testing::ElementsAre;
using testing::HasSubstr;

class FakeZones final : public zone::ZoneSet {
  public:
    [[nodiscard]] zone::ZoneState state(std::size_t zone) const override { return states.at(zone); }

    [[nodiscard]] std::vector<zone::ZoneStatus> status() const override {
        std::vector<zone::ZoneStatus> all;
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            zone::ZoneStatus status;
            status.name = options_.names.at(zone);
            status.state = states.at(zone);
            status.reason = reasons.at(zone);
            status.is_held = held.at(zone);
            all.push_back(std::move(status));
        }
        return all;
    }

    [[nodiscard]] const zone::ZoneOptions& options() const override { return options_; }

    [[nodiscard]] const std::string& region_id() const override { return options_.region; }

    Task<void> outages_recorded() override { co_return; }

    [[nodiscard]] std::shared_ptr<zone::ZoneWatch> watch(std::size_t) const override {
        return nullptr;
    }

    void report_success(std::size_t, runtime::Duration) override {}

    void report_failure(std::size_t, const Error&) override {}

    void report_pending(std::size_t, runtime::Duration) override {}

    void add_member(zone::ZoneMember&) override {}

    void start_probing(runtime::Executor&) override {}

    Task<void> stop() override { co_return; }

    void force_out(std::size_t zone, std::string reason) override {
        states.at(zone) = zone::ZoneState::Out;
        reasons.at(zone) = std::move(reason);
    }

    Task<Result<void>> hold(std::size_t zone, std::string reason) override {
        held.at(zone) = true;
        force_out(zone, std::move(reason));
        co_return Result<void>();
    }

    Result<void> release(std::size_t zone) override {
        if (!std::exchange(held.at(zone), false)) {
            return fail(ErrorCode::Conflict, "it is not out for maintenance");
        }
        return {};
    }

    std::array<bool, zone::kZones> held{};
    std::array<zone::ZoneState, zone::kZones> states{};
    std::array<std::string, zone::kZones> reasons;
    zone::ZoneOptions options_;
};

class FakeProtection final : public Protection {
  public:
    [[nodiscard]] std::uint64_t under_protected() const override { return bodies; }

    std::uint64_t bodies = 3;
};

struct Answered {
    int status = 0;
    boost::json::value body;
};

inline Task<void> collect(AdminApi& api, http::Request& request, Answered& into) {
    const http::Response response = co_await api.handle(request);
    into.status = response.status;
    into.body = boost::json::parse(response.text);
}

struct Admin : testing::Test {
    Admin() {
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            zones.options_.directories.at(zone) = directory / zones.options_.names.at(zone);
        }
        keyring.put(
            {.id = "root", .secret = "root-secret", .account = AccountId("1"), .is_root = true});
        keyring.put(
            {.id = "other", .secret = "other-secret", .account = AccountId("2"), .is_root = false});
        api.add("zones", zone_routes);
        api.add("events", event_routes);
    }

    ~Admin() override {
        runtime::start(executor, reports.stop(), [] {});
        executor.run(std::chrono::seconds(1));
    }

    http::Request signed_request(std::string method,
                                 std::string path,
                                 const std::string& body = {},
                                 const std::string& key = "root") {
        return signed_at(executor.wall_now(), std::move(method), std::move(path), body, key);
    }

    static http::Request signed_at(runtime::WallTime now,
                                   std::string method,
                                   std::string path,
                                   const std::string& body,
                                   const std::string& key = "root") {
        http::Request request;
        request.method = std::move(method);
        request.target = "/-/admin/v1/" + path;
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(body));
        const std::string date = codec::format_basic(now);
        request.headers.set(kDateHeader, date);
        const SignedParts parts{
            .method = request.method, .target = request.target, .date = date, .body = body};
        request.headers.set("authorization", authorization(key, key + "-secret", parts));
        return request;
    }

    Answered send(http::Request request) {
        Answered answered;
        runtime::start(executor, collect(api, request, answered), [] {});
        executor.run_ready();
        if (answered.status == 0) {
            executor.run_until([&] { return answered.status != 0; });
        }
        return answered;
    }

    Answered call(std::string method, std::string path, const std::string& body = {}) {
        return send(signed_request(std::move(method), std::move(path), body));
    }

    static std::string code(const Answered& answered) {
        return std::string(answered.body.at("error").at("code").as_string());
    }

    static std::string message(const Answered& answered) {
        return std::string(answered.body.at("error").at("message").as_string());
    }

    runtime::SimExecutor executor{1};
    runtime::TemporaryDirectory directory;
    std::unique_ptr<runtime::FileSystem> posix = runtime::make_posix_file_system();
    runtime::FaultFileSystem files{*posix};
    FakeZones zones;
    FakeProtection protection;
    EventLog events;
    ZoneDrills drills{files, {directory / "a", directory / "b", directory / "c"}};
    access::Keyring keyring;
    AdminApi api{keyring};
    TrafficWatch traffic;
    DrillReports reports{zones, protection, drills, traffic, events};
    ZoneRoutes zone_routes{{.zones = zones,
                            .files = files,
                            .drills = drills,
                            .reports = reports,
                            .protection = protection,
                            .events = events}};
    EventRoutes event_routes{events};
};

}  // namespace antipode::admin

#include "admin/zone_drills.h"

#include <utility>

#include <fmt/format.h>

namespace antipode::admin {

namespace {

constexpr std::array kModes{
    std::pair{DrillMode::Kill, std::string_view("kill")},
    std::pair{DrillMode::Hang, std::string_view("hang")},
    std::pair{DrillMode::Slow, std::string_view("slow")},
    std::pair{DrillMode::Eio, std::string_view("eio")},
    std::pair{DrillMode::Full, std::string_view("full")},
    std::pair{DrillMode::ReadOnly, std::string_view("read-only")},
    std::pair{DrillMode::Flip, std::string_view("flip")},
};

runtime::FileFaults faults_of(DrillMode mode) {
    runtime::FileFaults faults;
    switch (mode) {
        case DrillMode::Kill:
            faults.fail_reads = faults.fail_writes = faults.fail_syncs = true;
            break;
        case DrillMode::Hang:
            faults.hang = true;
            break;
        case DrillMode::Slow:
            faults.delay = std::chrono::seconds(5);
            break;
        case DrillMode::Eio:
            faults.fail_writes = faults.fail_syncs = true;
            break;
        case DrillMode::Full:
            faults.no_space = true;
            break;
        case DrillMode::ReadOnly:
            faults.read_only = true;
            break;
        case DrillMode::Flip:
            faults.flip_bit_in_one_of = 16;
            break;
    }
    return faults;
}

}  // namespace

std::string_view name_of(DrillMode mode) {
    for (const auto& [known, name] : kModes) {
        if (known == mode) {
            return name;
        }
    }
    return "";
}

Result<DrillMode> parse_drill_mode(std::string_view text) {
    std::string names;
    for (const auto& [mode, name] : kModes) {
        if (name == text) {
            return mode;
        }
        names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    }
    return fail(ErrorCode::InvalidArgument,
                fmt::format("'{}' is not a kind of drill; there are {}", text, names));
}

ZoneDrills::ZoneDrills(runtime::FaultFileSystem& files,
                       std::array<std::string, zone::kZones> directories)
    : files_(files), directories_(std::move(directories)) {}

Result<Drill> ZoneDrills::begin(std::size_t zone, DrillMode mode, runtime::Duration duration) {
    if (duration <= runtime::Duration::zero() || duration > kDurationMax) {
        return fail(ErrorCode::InvalidArgument,
                    "a drill lasts longer than nothing and at most an hour");
    }
    runtime::Executor& executor = runtime::Executor::current();
    Running running;
    {
        const std::scoped_lock lock(mutex_);
        if (stopped_) {
            return fail(ErrorCode::Unavailable, "the server is stopping");
        }
        running.number = ++last_number_;
        running.drill = {.zone = zone,
                         .mode = mode,
                         .ends = executor.wall_now() +
                                 std::chrono::duration_cast<std::chrono::milliseconds>(duration)};
        running_.at(zone) = running;
        files_.set(directories_.at(zone), faults_of(mode));
    }
    executor.post_after(duration, [this, zone, number = running.number] { expire(zone, number); });
    return running.drill;
}

bool ZoneDrills::end(std::size_t zone) {
    const std::scoped_lock lock(mutex_);
    return lift(zone);
}

bool ZoneDrills::lift(std::size_t zone) {
    const bool was_running = running_.at(zone).has_value();
    running_.at(zone).reset();
    files_.clear(directories_.at(zone));
    return was_running;
}

std::vector<Drill> ZoneDrills::running() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Drill> found;
    for (const auto& running : running_) {
        if (running) {
            found.push_back(running->drill);
        }
    }
    return found;
}

void ZoneDrills::stop() {
    const std::scoped_lock lock(mutex_);
    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        lift(zone);
    }
    stopped_ = true;
}

void ZoneDrills::expire(std::size_t zone, std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    if (running_.at(zone) && running_.at(zone)->number == number) {
        lift(zone);
    }
}

}  // namespace antipode::admin

#include "admin/replace_zone.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "codec/http_date.h"
#include "runtime/deadline.h"
#include "runtime/disk_threads.h"
#include "runtime/symbolic_link.h"

namespace antipode::admin {

namespace {

/// Directories of a disk that hangs may hang too.
constexpr std::chrono::seconds kPatience{20};

Result<void> check_others(const zone::ZoneSet& zones,
                          std::size_t zone,
                          const std::string& directory) {
    const zone::ZoneOptions& options = zones.options();
    for (std::size_t other = 0; other < zone::kZones; ++other) {
        const bool is_in_place = other == zone && directory == options.directories.at(other);
        if ((directory == options.directories.at(other) && !is_in_place) ||
            directory.starts_with(options.directories.at(other) + "/")) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} is part of {}", directory, options.names.at(other)));
        }
        if (other != zone && !zones.is_member(other)) {
            return fail(
                ErrorCode::Conflict,
                fmt::format(
                    "{} is {}; as long as it is, {} may hold what it lacks and is not replaced",
                    options.names.at(other),
                    name_of(zones.state(other)),
                    options.names.at(zone)));
        }
    }
    return {};
}

Result<void> check_empty(runtime::FileSystem& files, const std::string& directory) {
    const auto names = files.list(directory);
    if (!names) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} cannot be used: {}", directory, names.error().message));
    }
    for (const std::string& name : *names) {
        if (name != "lost+found") {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} is not empty: it holds {}", directory, name));
        }
    }
    return {};
}

/// The directory that the zone has already: right when a new disk is mounted there.
Result<void> check_in_place(runtime::FileSystem& files,
                            const std::string& directory,
                            const std::string& name) {
    auto empty = check_empty(files, directory);
    if (!empty && files.list(directory)) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is where {} is now and it is not empty; put an empty disk or "
                                "directory there first, or name another empty one",
                                directory,
                                name));
    }
    return empty;
}

struct Swap {
    std::string path;
    std::string directory;
    std::string kept_as;
};

Result<void> swap(runtime::FileSystem& files, const Swap& what) {
    if (!runtime::is_symbolic_link(what.path)) {
        const auto moved = files.rename(what.path, what.kept_as);
        if (!moved && moved.error().code != ErrorCode::NotFound) {
            return fail(moved.error().code,
                        fmt::format("{} cannot be moved away ({}); if a disk is mounted there, "
                                    "mount the new one in its place",
                                    what.path,
                                    moved.error().message));
        }
    }
    return runtime::put_symbolic_link(what.path, what.directory);
}

}  // namespace

Task<Result<void>> replace_zone(zone::ZoneSet& zones,
                                runtime::FileSystem& files,
                                std::size_t zone,
                                std::string directory) {
    while (directory.size() > 1 && directory.ends_with('/')) {
        directory.pop_back();
    }
    if (!directory.starts_with('/')) {
        co_return fail(ErrorCode::InvalidArgument,
                       fmt::format("'{}' is not an absolute path", directory));
    }
    CO_TRY_VOID(check_others(zones, zone, directory));

    Swap what;
    what.path = zones.options().directories.at(zone);
    what.directory = directory;
    what.kept_as = fmt::format(
        "{}.replaced-{}", what.path, codec::format_basic(runtime::Executor::current().wall_now()));
    // Threads that may be left behind: the old disk can hang in rename().
    const auto disk = std::make_shared<runtime::DiskThreads>("replace-zone", 1, 2);
    const bool is_in_place = directory == what.path;
    const std::string name = zones.options().names.at(zone);
    const runtime::OneShot<Result<bool>> checked;
    disk->post([&files, checked, directory, is_in_place, name] {
        const auto empty =
            is_in_place ? check_in_place(files, directory, name) : check_empty(files, directory);
        checked.set(empty ? Result<bool>(true) : fail(empty.error()));
    });
    CO_TRY_VOID(co_await runtime::wait_for(checked, kPatience));

    if (is_in_place) {
        zones.force_out(zone, fmt::format("{} is empty and is filled anew", directory));
        disk->let_finish();
        co_return Result<void>();
    }
    zones.force_out(zone, fmt::format("is replaced by {}", directory));
    const runtime::OneShot<Result<bool>> swapped;
    disk->post([&files, swapped, what] {
        const auto done = swap(files, what);
        swapped.set(done ? Result<bool>(true) : fail(done.error()));
    });
    CO_TRY_VOID(co_await runtime::wait_for(swapped, kPatience));
    disk->let_finish();
    co_return Result<void>();
}

}  // namespace antipode::admin

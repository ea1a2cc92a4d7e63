#include "zone/zone_set.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/mutant.h"
#include "runtime/disk_condition.h"
#include "runtime/file_lock.h"
#include "runtime/unique_id.h"
#include "zone/identity.h"
#include "zone/zone_set_impl.h"

namespace antipode::zone {

namespace {

using Inspections = std::array<Result<Inspection>, kZones>;

/// A zone that hangs at start must not keep the others from starting.
constexpr std::chrono::seconds kInspectionMax{5};

Inspections inspect_all(const ZoneOptions& options, runtime::FileSystem& files) {
    std::array<std::shared_ptr<runtime::Handover<Result<Inspection>>>, kZones> answers;
    std::array<std::unique_ptr<runtime::DiskThreads>, kZones> threads;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        answers[zone] = std::make_shared<runtime::Handover<Result<Inspection>>>();
        threads[zone] = std::make_unique<runtime::DiskThreads>("inspect", 1, 1);
        threads[zone]->post([&files,
                             directory = options.directories[zone],
                             answer = answers[zone]] { answer->set(inspect(files, directory)); });
    }
    Inspections found;
    const runtime::Instant end = runtime::steady_now() + kInspectionMax;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (answers[zone]->wait_for(end - runtime::steady_now())) {
            found[zone] = answers[zone]->take();
        } else {
            found[zone] = fail(ErrorCode::Timeout, "the directory does not answer");
        }
        threads[zone]->stop(found[zone] ? std::chrono::seconds(1) : std::chrono::seconds(0));
    }
    return found;
}

Result<void> refuse_strangers(const ZoneOptions& options, const Inspections& found) {
    std::string region_id;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        const std::string& directory = options.directories[zone];
        if (!found[zone]) {
            continue;
        }
        if (found[zone]->finding == Finding::Stranger) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} is no zone: it holds {} but no zone.json",
                                    directory,
                                    found[zone]->stranger));
        }
        if (found[zone]->finding != Finding::Identified) {
            continue;
        }
        const Identity& identity = found[zone]->identity;
        if (identity.region != options.region) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} belongs to region {}, not to {}",
                                    directory,
                                    identity.region,
                                    options.region));
        }
        if (identity.zone != options.names[zone]) {
            return fail(
                ErrorCode::InvalidArgument,
                fmt::format("{} is {}, not {}", directory, identity.zone, options.names[zone]));
        }
        if (!identity.is_formed) {
            continue;
        }
        if (!region_id.empty() && identity.region_id != region_id) {
            return fail(
                ErrorCode::InvalidArgument,
                fmt::format(
                    "{} belongs to another installation of region {}", directory, options.region));
        }
        region_id = identity.region_id;
    }
    return {};
}

std::string reason_of(const Result<Inspection>& found) {
    if (!found) {
        return found.error().message;
    }
    switch (found->finding) {
        case Finding::Missing:
            return "the directory is missing";
        case Finding::Empty:
            return "the directory is empty";
        case Finding::Identified:
        case Finding::Stranger:
            return "it was never formed";
    }
    return {};
}

/// In two rounds, so that a crash in the middle leaves a region that is known not to be formed yet.
Result<Identity> form_region(const ZoneOptions& options, runtime::FileSystem& files) {
    std::array<Identity, kZones> identities;
    const std::string region_id = runtime::make_unique_id();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        identities[zone] = {.region = options.region,
                            .region_id = region_id,
                            .zone = options.names[zone],
                            .zone_id = runtime::make_unique_id(),
                            .is_formed = false};
        TRY_VOID(files.create_directories(options.directories[zone]));
        TRY_VOID(write_identity(files, options.directories[zone], identities[zone]));
    }
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        identities[zone].is_formed = true;
        TRY_VOID(write_identity(files, options.directories[zone], identities[zone]));
    }
    return identities[0];
}

Result<void> check_options(const ZoneOptions& options) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (options.directories[zone].empty()) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} has no directory", options.names[zone]));
        }
        for (std::size_t other = 0; other < zone; ++other) {
            if (options.directories[zone] == options.directories[other]) {
                return fail(ErrorCode::InvalidArgument,
                            fmt::format("{} and {} are the same directory",
                                        options.names[other],
                                        options.names[zone]));
            }
        }
    }
    return {};
}

bool is_formed(const Result<Inspection>& found) {
    return found && found->finding == Finding::Identified && found->identity.is_formed;
}

/// A crash may have come between the two rounds: whoever carries the region's id belongs to it.
bool belongs(const Result<Inspection>& found, const std::string& region_id) {
    return found && found->finding == Finding::Identified && found->identity.region_id == region_id;
}

Result<void> refuse_incomplete_start(const ZoneOptions& options, const Inspections& found) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (!found[zone]) {
            return fail(ErrorCode::Unavailable,
                        fmt::format("a new region needs all three zones, but {}: {}",
                                    options.names[zone],
                                    found[zone].error().message));
        }
    }
    return {};
}

Result<void> lock_all(const ZoneOptions& options,
                      runtime::FileSystem& files,
                      const Inspections& found,
                      bool is_new,
                      OpenedZones& opened) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        // An empty one is locked when it is filled; a mount point without its disk never is.
        const bool is_there = found[zone] && found[zone]->finding != Finding::Missing &&
                              found[zone]->finding != Finding::Empty;
        if (!found[zone] || (!is_there && !is_new)) {
            continue;
        }
        Result<std::unique_ptr<runtime::FileLock>> lock =
            files.lock(options.directories[zone] + "/zone.lock");
        if (lock) {
            opened.locks[zone] = std::move(*lock);
        } else if (lock.error().code == ErrorCode::Unavailable || is_new) {
            return fail(lock.error());
        }
    }
    return {};
}

/// Decides which zones start as members, and needs two.
Result<void> sort_out(const ZoneOptions& options, const Inspections& found, OpenedZones& opened) {
    opened.region_id = std::ranges::find_if(found, is_formed)->value().identity.region_id;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (!belongs(found[zone], opened.region_id)) {
            opened.reasons[zone] = reason_of(found[zone]);
            continue;
        }
        opened.zone_ids[zone] = found[zone]->identity.zone_id;
        if (found[zone]->incomplete.generation >= opened.incomplete.generation) {
            opened.incomplete = found[zone]->incomplete;
        }
    }
    std::size_t there = 0;
    std::string missing;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (opened.zone_ids[zone].empty()) {
            missing += fmt::format("; {} ({}): {}",
                                   options.names[zone],
                                   options.directories[zone],
                                   opened.reasons[zone]);
            continue;
        }
        if (std::ranges::find(opened.incomplete.zones, options.names[zone]) !=
                opened.incomplete.zones.end() &&
            !is_planted(Mutant::StaleZoneIsWhole)) {
            opened.reasons[zone] = "it was incomplete when the region stopped";
            missing += fmt::format("; {} ({}): {}",
                                   options.names[zone],
                                   options.directories[zone],
                                   opened.reasons[zone]);
            continue;
        }
        ++there;
    }
    if (there < 2) {
        return fail(ErrorCode::Unavailable,
                    fmt::format("a region starts with at least two complete zones{}", missing));
    }
    return {};
}

}  // namespace

std::string_view name_of(ZoneState state) {
    switch (state) {
        case ZoneState::Ok:
            return "ok";
        case ZoneState::Suspect:
            return "suspect";
        case ZoneState::Out:
            return "out";
        case ZoneState::CatchingUp:
            return "catching-up";
    }
    return "unknown";
}

Result<std::unique_ptr<ZoneSet>> ZoneSet::open(ZoneOptions options, runtime::FileSystem& files) {
    TRY_VOID(check_options(options));
    Inspections found = inspect_all(options, files);
    TRY_VOID(refuse_strangers(options, found));

    const bool is_new = std::ranges::none_of(found, is_formed);
    if (is_new) {
        TRY_VOID(refuse_incomplete_start(options, found));
        for (const std::string& directory : options.directories) {
            TRY_VOID(files.create_directories(directory));
        }
    }
    OpenedZones opened;
    TRY_VOID(lock_all(options, files, found, is_new, opened));
    if (is_new) {
        TRY_VOID(form_region(options, files));
        found = inspect_all(options, files);
    }
    TRY_VOID(sort_out(options, found, opened));
    return std::make_unique<ZoneSetImpl>(std::move(options), files, std::move(opened));
}

}  // namespace antipode::zone

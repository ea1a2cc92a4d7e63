#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/executor.h"
#include "runtime/file_system.h"
#include "runtime/task.h"
#include "zone/zone_watch.h"

namespace antipode::zone {

inline constexpr std::size_t kZones = 3;

enum class ZoneState : std::uint8_t {
    Ok,          ///< Holds everything that was acknowledged; counts for quorum and placement.
    Suspect,     ///< Slow or failing just now; still a member, but nobody waits for it.
    Out,         ///< Not a member: nothing acknowledged depends on it.
    CatchingUp,  ///< Back and being filled; takes new writes, does not count yet.
};

std::string_view name_of(ZoneState state);  // "ok", "suspect", "out", "catching-up"

/// What `admin zones` shows of one zone.
struct ZoneStatus {
    std::string name;  ///< "zone-a"
    std::string directory;
    ZoneState state = ZoneState::Ok;
    std::string reason;     ///< Why it is not Ok; empty when it is.
    double progress = 1.0;  ///< Of catching up, 0..1.
    bool is_held = false;   ///< Out for maintenance, see hold().
};

/// Something that keeps data in every zone (the row engine, the blob engine) and can bring a zone
/// that was out back to completeness. Members rejoin in the order of registration.
class ZoneMember {
  public:
    ZoneMember() = default;
    ZoneMember(const ZoneMember&) = delete;
    ZoneMember& operator=(const ZoneMember&) = delete;
    virtual ~ZoneMember() = default;

    /// The zone has just become Out (called once per outage, any thread, must not block).
    virtual void zone_went_out(std::size_t zone) = 0;
    /// Fills the zone; it is CatchingUp meanwhile and writers go on. On error the zone goes Out
    /// again and is retried later. `progress` takes 0..1.
    virtual Task<Result<void>> rejoin(std::size_t zone, std::function<void(double)> progress) = 0;
};

struct ZoneOptions {
    std::array<std::string, kZones> directories;
    std::array<std::string, kZones> names{"zone-a", "zone-b", "zone-c"};
    std::string region;
    /// An operation pending longer makes its zone suspect; longer than `out_after` while the other
    /// zones are well puts it out.
    runtime::Duration suspect_after = std::chrono::milliseconds(200);
    runtime::Duration out_after = std::chrono::seconds(2);
    runtime::Duration probe_every = std::chrono::seconds(1);
};

/// The three failure domains of an embedded region: directory, identity, one verdict per zone that
/// both engines ask and feed. Knows neither rows nor bytes.
///
/// Identity: DIR/zone.json holds region, zone name, a zone id and the region's id. open() refuses a
/// directory of another region or another zone name, and one that holds files but no zone.json,
/// with one sentence. An empty directory is a new or replaced zone. A zone that is missing, empty,
/// does not answer, or was incomplete when the region stopped starts Out; the prober brings it
/// back. Slowness is relative: a zone is put out for it only while both others are well, so that a
/// stall of what they share puts out none. An error puts a zone out always. Threads: every method
/// from any thread; state reads are lock-free.
class ZoneSet {
  public:
    /// Fails unless at least two zones can be opened (first start of all: three), or when another
    /// process has them. `files` outlives this object, and threads that hang in it when stop() gave
    /// up on them.
    static Result<std::unique_ptr<ZoneSet>> open(ZoneOptions options, runtime::FileSystem& files);
    virtual ~ZoneSet() = default;

    /// The id that all zones of this region carry: what engines write into their own files to know
    /// them again.
    [[nodiscard]] virtual const std::string& region_id() const = 0;

    [[nodiscard]] virtual ZoneState state(std::size_t zone) const = 0;
    [[nodiscard]] virtual std::vector<ZoneStatus> status() const = 0;
    [[nodiscard]] virtual const ZoneOptions& options() const = 0;

    /// True for Ok and Suspect.
    [[nodiscard]] bool is_member(std::size_t zone) const {
        const ZoneState now = state(zone);
        return now == ZoneState::Ok || now == ZoneState::Suspect;
    }

    /// For the threads that work on the zone: they wrap each call in a ZoneOperation, which reports
    /// all of the following by itself. May outlive this object.
    [[nodiscard]] virtual std::shared_ptr<ZoneWatch> watch(std::size_t zone) const = 0;

    /// How an operation on the zone went. `error` puts it out at once (its file is not to be
    /// trusted, deps.md 2.3 point 7).
    virtual void report_success(std::size_t zone, runtime::Duration took) = 0;
    virtual void report_failure(std::size_t zone, const Error& error) = 0;
    /// An operation has been pending for so long; the caller goes on without the zone when it
    /// becomes Suspect.
    virtual void report_pending(std::size_t zone, runtime::Duration pending_for) = 0;

    /// Registration order is rejoin order. Before start_probing.
    virtual void add_member(ZoneMember& member) = 0;
    /// Starts the prober: a zone that is out and answers again (write + sync + read back of a probe
    /// file, on a thread of its own that may hang) is brought back through the members. `executor`
    /// runs rejoins.
    virtual void start_probing(runtime::Executor& executor) = 0;
    /// Ends when it is durable on every zone that is a member now which zones are not: until then a
    /// restart would believe an Out zone to be complete. Whoever acknowledges what a zone misses
    /// waits for it.
    virtual Task<void> outages_recorded() = 0;
    /// Puts zones that are catching up out, waits for their rejoins to end, stops probing. Before
    /// the members stop; they are not called any more once it has ended.
    virtual Task<void> stop() = 0;

    /// Zone out for a reason given by the operator or by a drill.
    virtual void force_out(std::size_t zone, std::string reason) = 0;

    /// Takes the zone out for maintenance: it stays out, over restarts too, and nothing touches its
    /// directory until release(). Ends once that is durable on the members. Conflict: another zone
    /// is not Ok, so that this one may hold what it lacks. No effect on a zone that is held.
    virtual Task<Result<void>> hold(std::size_t zone, std::string reason) = 0;
    /// Lets it come back as after any outage. Conflict: it is not held.
    virtual Result<void> release(std::size_t zone) = 0;
};

}  // namespace antipode::zone

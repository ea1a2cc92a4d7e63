#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/disk_condition.h"
#include "runtime/disk_threads.h"
#include "runtime/file_lock.h"
#include "runtime/one_shot.h"
#include "runtime/task_group.h"
#include "zone/identity.h"
#include "zone/zone_set.h"

namespace antipode::zone {

/// What ZoneSet::open found.
struct OpenedZones {
    std::string region_id;
    std::array<std::string, kZones> zone_ids;  ///< Empty: the zone is not there.
    std::array<std::string, kZones> reasons;   ///< Empty: the zone starts as a member.
    std::array<std::unique_ptr<runtime::FileLock>, kZones> locks;
    Incomplete incomplete;
};

/// The one implementation of ZoneSet. Four kinds of threads come here: callers of the engines
/// (state, reports), the monitor (ticks, touches no disk), one prober a zone (touches its disk, may
/// hang) and the executor that runs rejoins.
class ZoneSetImpl final : public ZoneSet {
  public:
    ZoneSetImpl(ZoneOptions options, runtime::FileSystem& files, OpenedZones opened);
    ~ZoneSetImpl() override;

    [[nodiscard]] const std::string& region_id() const override { return region_id_; }

    [[nodiscard]] ZoneState state(std::size_t zone) const override {
        return zones_.at(zone).state.load();
    }

    [[nodiscard]] std::vector<ZoneStatus> status() const override;

    [[nodiscard]] const ZoneOptions& options() const override { return options_; }

    [[nodiscard]] std::shared_ptr<ZoneWatch> watch(std::size_t zone) const override;
    void report_success(std::size_t zone, runtime::Duration took) override;
    void report_failure(std::size_t zone, const Error& error) override;
    void report_pending(std::size_t zone, runtime::Duration pending_for) override;

    void add_member(ZoneMember& member) override { members_.push_back(&member); }

    void start_probing(runtime::Executor& executor) override;
    Task<void> outages_recorded() override;
    Task<void> stop() override;
    void force_out(std::size_t zone, std::string reason) override;
    Task<Result<void>> hold(std::size_t zone, std::string reason) override;
    Result<void> release(std::size_t zone) override;

  private:
    /// Through which the threads of a prober speak to this object: they may hang and outlive it.
    struct Line {
        std::mutex mutex;  // Taken before mutex_, never the other way round.
        ZoneSetImpl* owner = nullptr;
        std::atomic<bool> is_probing = false;
    };

    /// One look at a zone: whether it is the same directory, and whether it takes bytes.
    struct Probe {
        Result<Inspection> found;
        Result<void> works;
        /// Another directory stands at the path than the one that is held.
        bool is_another = false;
        runtime::Duration took{};
    };

    struct Zone {
        std::atomic<ZoneState> state = ZoneState::Ok;
        // Below: under mutex_.
        std::string zone_id;
        std::string reason;
        double progress = 1.0;
        std::shared_ptr<ZoneWatch> watch;
        std::unique_ptr<runtime::FileLock> lock;
        std::unique_ptr<runtime::DiskThreads> prober;
        std::shared_ptr<Line> line;
        std::uint64_t incarnation =
            0;  ///< Grows with every outage; what older watches say is not heard.
        runtime::Instant well_since{};  ///< When it was last no longer suspect.
        runtime::Instant looked_at{};   ///< Last check of the identity.
        runtime::Instant probed_at{};   ///< Last probe with a write.
        runtime::Instant rejoin_not_before{};
        runtime::Duration rejoin_pause{};
        /// Generation of `incomplete_` that is durable there.
        std::uint64_t recorded = 0;
        /// Complete, and waiting until that is recorded.
        bool is_joining = false;
        /// Stays out until an operator lets it back.
        bool is_held = false;
    };

    [[nodiscard]] bool is_absent(std::size_t zone) const { return state(zone) == ZoneState::Out; }

    // Verdicts (zone_verdict.cc).
    void put_out(std::size_t zone,
                 std::string reason,
                 std::optional<std::uint64_t> incarnation = {});
    void make_suspect(std::size_t zone, runtime::Duration pending_for);
    void make_well(std::size_t zone);
    [[nodiscard]] runtime::Duration others_well_for(std::size_t zone) const;
    std::shared_ptr<ZoneWatch> make_watch_locked(std::size_t zone);

    // Maintenance (zone_maintenance.cc).
    Result<void> begin_hold(std::size_t zone, const std::string& reason);

    // What is durable about outages (zone_outages.cc).
    [[nodiscard]] bool is_whole(std::size_t zone) const {
        return is_member(zone) || zones_[zone].is_joining;
    }

    void update_incomplete_locked();
    void begin_recording_locked();
    void record_locked();
    void note_recorded(std::size_t zone, std::uint64_t generation);
    [[nodiscard]] bool is_recorded_locked() const;
    void answer_recorded_locked();

    // Prober and monitor (zone_prober.cc).
    void monitor();
    void tick();
    void judge_pending(std::size_t zone);
    void post_probe(std::size_t zone, runtime::Instant now);
    void take_probe(std::size_t zone, const Probe& probe);
    void judge_member(std::size_t zone, const Probe& probe);
    void judge_absent(std::size_t zone, const Probe& probe);

    // Coming back (zone_rejoin.cc).
    Task<void> rejoin(std::size_t zone);
    Task<Result<void>> take_possession(std::size_t zone);
    Task<Result<void>> fill(std::size_t zone);
    Task<Result<void>> count_again(std::size_t zone);

    const ZoneOptions options_;
    runtime::FileSystem& files_;
    const std::string region_id_;
    std::array<Zone, kZones> zones_;
    std::mutex telling_mutex_;  ///< Held while members are told, and when they are forgotten.
    std::vector<ZoneMember*> members_;
    runtime::Executor* executor_ = nullptr;
    runtime::TaskGroup rejoins_;
    std::unique_ptr<runtime::DiskThreads> monitor_thread_;

    mutable std::mutex mutex_;
    runtime::DiskCondition stop_monitor_;
    bool is_stopping_ = false;
    bool is_ended_ = false;    ///< In the destructor: no verdict any more.
    bool may_record_ = false;  ///< The engines have opened; something may be acknowledged.
    std::uint64_t probe_number_ = 0;
    Incomplete incomplete_;
    std::vector<runtime::OneShot<bool>> waiting_for_record_;
    std::vector<std::weak_ptr<ZoneWatch>> watches_;  ///< All that may still call here.
    std::vector<std::shared_ptr<Line>> lines_;
};

}  // namespace antipode::zone

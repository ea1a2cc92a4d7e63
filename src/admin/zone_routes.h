#pragma once

#include "admin/admin_api.h"
#include "admin/event_log.h"
#include "admin/zone_drills.h"
#include "runtime/file_system.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// What the zones hold beyond their state. The engines know; server/ connects them.
class Protection {
  public:
    Protection() = default;
    Protection(const Protection&) = delete;
    Protection& operator=(const Protection&) = delete;
    virtual ~Protection() = default;

    /// Bodies that are not on their three zones just now (known bad or missing shards, or written
    /// with a zone out).
    [[nodiscard]] virtual std::uint64_t under_protected() const = 0;

    /// What keeps space or healing from being as they should, as a sentence; empty when nothing
    /// does.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
};

/// GET zones; POST and DELETE zones/NAME/drill, zones/NAME/maintenance; POST zones/NAME/replace.
class ZoneRoutes final : public Routes {
  public:
    /// What the routes work on; all outlive them.
    struct Parts {
        zone::ZoneSet& zones;
        runtime::FileSystem& files;
        ZoneDrills& drills;
        const Protection& protection;
        EventLog& events;
    };

    explicit ZoneRoutes(Parts parts) : parts_(parts) {}

    Task<Answer> handle(Call call) override;

  private:
    [[nodiscard]] boost::json::value status() const;
    [[nodiscard]] Result<std::size_t> find(const std::string& name) const;
    Answer begin_drill(const Call& call);
    Answer end_drill(const Call& call);
    Task<Answer> replace(Call call);
    Task<Answer> begin_maintenance(Call call);
    Answer end_maintenance(const Call& call);

    Parts parts_;
};

/// Names of the zones each of which could be lost now, alone, without losing a byte that was
/// acknowledged.
///
/// While all are members: each of them. Once one is not: only that one, because what was written
/// before it went out needs the two others together.
std::vector<std::string> could_lose(const std::vector<zone::ZoneStatus>& zones);

}  // namespace antipode::admin

#pragma once

#include "admin/admin_api.h"
#include "admin/drill_report.h"
#include "admin/event_log.h"
#include "admin/protection.h"
#include "admin/zone_drills.h"
#include "runtime/file_system.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// GET zones; POST, GET and DELETE zones/NAME/drill; POST and DELETE
/// zones/NAME/maintenance; POST zones/NAME/replace.
class ZoneRoutes final : public Routes {
  public:
    /// What the routes work on; all outlive them.
    struct Parts {
        zone::ZoneSet& zones;
        runtime::FileSystem& files;
        ZoneDrills& drills;
        DrillReports& reports;
        const Protection& protection;
        EventLog& events;
    };

    explicit ZoneRoutes(Parts parts) : parts_(parts) {}

    Task<Answer> handle(Call call) override;

  private:
    [[nodiscard]] boost::json::value status() const;
    [[nodiscard]] Result<std::size_t> find(const std::string& name) const;
    Answer begin_drill(const Call& call);
    [[nodiscard]] Answer drill_report(const Call& call) const;
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

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "blob/blob_store.h"
#include "catalog/body_place.h"
#include "catalog/catalog.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace antipode::replication {

/// Bytes of an object that no zone of this region can give back.
struct LostBody {
    catalog::BodyPlace place;
    blob::BlobRef ref;         ///< What the row named when they were found.
    std::uint64_t offset = 0;  ///< In the object, of its plain bytes.
    std::uint64_t bytes = 0;
    std::int64_t since_ms = 0;
    std::int64_t found_ms = 0;  ///< When they were last found to be lost.

    // Of this run only.
    std::string reason;  ///< Why they could not be rebuilt; empty: it has not been tried.
    std::uint32_t tries = 0;
    std::int64_t next_try_ms = 0;
};

/// What becomes of one.
enum class LostBodyNews : std::uint8_t {
    Lost,
    Rebuilt,
    Whole,  ///< A scrub that read everything found it whole again.
    Gone,   ///< The object was removed or replaced.
};

/// The objects beyond repair: found by scrubs, kept with the region's settings (`lost-body/`,
/// docs/formats/settings.md) until somebody settles them. Threads: any executor.
class LostBodies {
  public:
    /// What is found beyond it is not listed before there is room again and the next scrub.
    static constexpr std::size_t kMax = 1000;

    /// `detail`: of Rebuilt the region that the bytes came from.
    using Listener =
        std::function<void(const LostBody&, LostBodyNews news, const std::string& detail)>;

    explicit LostBodies(catalog::Catalog& catalog) : catalog_(catalog) {}

    /// Before load().
    void listen(Listener listener) { listener_ = std::move(listener); }

    /// Once, before anything else.
    Task<Result<void>> load();

    /// A scrub found that no zone gives this blob back. Kept when it returns.
    Task<void> found(blob::NamedBlob named);
    /// A scrub that began then has read everything: what it did not find is whole.
    Task<void> scrubbed(std::int64_t began_ms);

    [[nodiscard]] std::vector<LostBody> list() const;
    [[nodiscard]] std::size_t count() const;
    /// Since the start.
    [[nodiscard]] std::uint64_t rebuilt() const;

    /// Learned: whose part it is.
    Task<void> rename(const LostBody& body, catalog::BodyPlace place);
    void note_try(const LostBody& body, std::string reason, std::int64_t next_try_ms);
    /// Tells that it is lost (once in a run).
    void tell(const LostBody& body);
    /// No longer on the list.
    Task<void> settle(LostBody body, LostBodyNews news, std::string detail);

    /// Raised when one is found.
    [[nodiscard]] runtime::Signal& changed() { return changed_; }

  private:
    struct Kept {
        LostBody body;
        bool is_told = false;
    };

    Task<void> save(std::string id, LostBody body);

    catalog::Catalog& catalog_;
    Listener listener_;
    runtime::Signal changed_;
    mutable std::mutex mutex_;
    std::map<std::string, Kept> kept_;  ///< By id.
    std::uint64_t rebuilt_ = 0;
};

}  // namespace antipode::replication

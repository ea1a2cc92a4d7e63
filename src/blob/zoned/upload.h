#pragma once

#include <memory>
#include <vector>

#include "blob/zoned/blob_space.h"

namespace antipode::blob {

/// The space of a blob that is being written. Shared with every write under way: only when the last
/// of them has come back from its disk is space given back that the blob does not keep, so that a
/// late write cannot hit somebody else's pages.
class Upload {
  public:
    Upload(std::shared_ptr<BlobSpace> space, std::uint64_t id)
        : space_(std::move(space)), id_(id) {}

    ~Upload();
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    [[nodiscard]] std::uint64_t id() const { return id_; }

    struct Want {
        std::uint32_t pages = 0;  ///< For this stripe.
        std::uint32_t ahead = 0;  ///< For this one and those that will follow; at least `pages`.
    };

    /// Pages for the stripe; from neighbouring ones as long as the reservation lasts. None: no
    /// space.
    std::optional<PageRange> take_main(const Want& want, bool may_grow) {
        return take(main_, want, may_grow);
    }

    std::optional<PageRange> take_extra(const Want& want, bool may_grow) {
        return take(extra_, want, may_grow);
    }

    /// Pages taken that the blob will not use after all.
    void give_back(const PageRange& range) { unused_.push_back(range); }

    /// The blob exists: its pages belong to the ref from now on.
    void keep(const BlobLayout& layout);

  private:
    struct Lease {
        std::vector<PageRange> reserved;
        std::uint32_t used = 0;  // Pages of the last one.
    };

    std::optional<PageRange> take(Lease& lease, const Want& want, bool may_grow);
    void release(const Lease& lease);

    std::shared_ptr<BlobSpace> space_;
    std::uint64_t id_;
    Lease main_;
    Lease extra_;
    std::vector<PageRange> unused_;
    std::shared_ptr<void> pin_;  // Once kept.
};

}  // namespace antipode::blob

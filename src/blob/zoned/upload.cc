#include "blob/zoned/upload.h"

#include <algorithm>

namespace antipode::blob {

Upload::~Upload() {
    release(main_);
    release(extra_);
    if (pin_) {
        for (const PageRange& range : unused_) {
            space_->free(range);
        }
    }
}

void Upload::keep(const BlobLayout& layout) {
    pin_ = space_->pin(layout);
}

std::optional<PageRange> Upload::take(Lease& lease, const Want& want, bool may_grow) {
    if (lease.reserved.empty() || lease.reserved.back().pages - lease.used < want.pages) {
        if (!lease.reserved.empty()) {
            // The rest of the old reservation is too short for this stripe.
            PageRange& old = lease.reserved.back();
            space_->free({old.segment, old.page + lease.used, old.pages - lease.used});
            old.pages = lease.used;
        }
        std::optional<PageRange> reserved;
        for (std::uint32_t ahead = want.ahead; !reserved; ahead = std::max(want.pages, ahead / 2)) {
            reserved = space_->allocate(ahead, may_grow);
            if (ahead == want.pages) {
                break;
            }
        }
        if (!reserved) {
            return std::nullopt;
        }
        lease.reserved.push_back(*reserved);
        lease.used = 0;
    }
    const PageRange& current = lease.reserved.back();
    const PageRange taken{current.segment, current.page + lease.used, want.pages};
    lease.used += want.pages;
    return taken;
}

void Upload::release(const Lease& lease) {
    if (!pin_) {
        for (const PageRange& range : lease.reserved) {
            space_->free(range);
        }
    } else if (!lease.reserved.empty()) {
        const PageRange& last = lease.reserved.back();
        space_->free({last.segment, last.page + lease.used, last.pages - lease.used});
    }
}

}  // namespace antipode::blob

#pragma once

#include <array>
#include <cstdint>

#include <boost/intrusive/list.hpp>

#include "runtime/executor.h"

namespace antipode::runtime {

/// Finds connections on which nothing has moved for too long. One for each thread; a byte that
/// moves costs one store, not a timer. Coarse: an entry is told between its limit and two ticks
/// later.
class IdleWheel {
  public:
    static constexpr Duration kTick = std::chrono::milliseconds(250);

    class Entry : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      public:
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

      protected:
        // Never deleted through this type.
        ~Entry() = default;

      private:
        friend IdleWheel;
        /// Nothing has moved for the limit although something was waited for. Must not destroy
        /// entries.
        virtual void timed_out() = 0;
        /// Whether the entry waits for bytes at all.
        [[nodiscard]] virtual bool is_waiting() const = 0;

        std::uint64_t last_moved_ = 0;
        std::uint64_t limit_ticks_ = 0;
    };

    /// Watches the entry with that limit from now on; a limit of zero or less ends it.
    void watch(Entry& entry, Duration limit);

    void moved(Entry& entry) const { entry.last_moved_ = now_; }

    /// To be called about once per kTick with the time since the start of the wheel.
    void advance(Duration since_start);

  private:
    using List = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;
    static constexpr std::size_t kSlots = 512;

    void link(Entry& entry);
    void check_slot();

    std::uint64_t now_ = 0;
    std::array<List, kSlots> slots_;
};

}  // namespace antipode::runtime

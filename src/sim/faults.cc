#include "sim/faults.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "runtime/sleep.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCalmMsMax = 6000;
constexpr std::uint64_t kTroubleMsMax = 12000;
constexpr runtime::Duration kStartMax = 1min;
constexpr std::uint64_t kDelayMsMax = 300;
constexpr std::chrono::milliseconds kClockJumpMax = 5min;  // From true time, either way.

class Faults {
  public:
    explicit Faults(World& world) : world_(world) {}

    Task<void> run() {
        while (!world_.stops) {
            co_await pass(kCalmMsMax);
            switch (world_.below(8)) {
                case 0:
                case 1:
                    co_await crash(world_.regions.at(world_.below(world_.regions.size())));
                    break;
                case 2:
                    co_await cut(true, world_.chance(0.5));
                    break;
                case 3:
                    co_await cut(world_.chance(0.5), true);
                    break;
                case 4:
                    slow_down();
                    break;
                case 5:
                    co_await fill_disk(world_.regions.at(world_.below(world_.regions.size())));
                    break;
                case 6:
                    co_await damage(world_.regions.at(world_.below(world_.regions.size())));
                    break;
                default:
                    jump_clock();
                    break;
            }
        }
        co_await end();
    }

  private:
    /// Sleeps up to so long, less when the world stops.
    Task<void> pass(std::uint64_t ms_max) {
        for (std::uint64_t ms = world_.below(ms_max) + 1; ms > 0 && !world_.stops;) {
            const std::uint64_t part = std::min<std::uint64_t>(ms, 100);
            co_await runtime::sleep_for(std::chrono::milliseconds(part));
            ms -= part;
        }
    }

    Task<void> crash(Region& region) {
        const bool is_power_cut = region.zones() != nullptr && world_.chance(0.4);
        world_.count(is_power_cut ? "power cuts" : "crashes");
        region.begin_trouble();
        co_await region.crash(is_power_cut);
        co_await pass(kTroubleMsMax);
        co_await revive(region);
        region.end_trouble();
    }

    Task<void> revive(Region& region) {
        const runtime::Instant start = world_.executor.now();
        while (true) {
            const auto started = co_await region.start();
            if (started) {
                co_return;
            }
            const bool is_known = region.zones() != nullptr && region.zones()->is_mixed_up;
            if (!is_known || world_.executor.now() - start > kStartMax) {
                world_.violation(
                    fmt::format("{} does not start: {}", region.name(), started.error().message));
            }
            if (world_.executor.now() - start > 2 * kStartMax) {
                // Nothing can be checked without it.
                fmt::print(stderr, "{}: {}\n", region.name(), started.error().message);
                CHECK(false);
            }
            co_await runtime::sleep_for(1s);
        }
    }

    Task<void> cut(bool there, bool back) {
        world_.count(there && back ? "cuts" : "one-way cuts");
        const std::size_t a = world_.below(world_.regions.size());
        const std::size_t b = (a + 1) % world_.regions.size();
        set_cut(a, b, there);
        set_cut(b, a, back);
        co_await pass(kTroubleMsMax);
        set_cut(a, b, false);
        set_cut(b, a, false);
    }

    void set_cut(std::size_t from, std::size_t to, bool is_cut) {
        const std::string& a = world_.regions.at(from).name();
        const std::string& b = world_.regions.at(to).name();
        runtime::SimLine line = world_.network.line(a, b);
        line.is_cut = is_cut;
        world_.network.set_line(a, b, line);
    }

    /// Then space comes back.
    Task<void> fill_disk(Region& region) {
        world_.count("full disks");
        region.begin_trouble();
        region.ailment().is_full = true;
        co_await pass(kTroubleMsMax);
        region.ailment().is_full = false;
        region.end_trouble();
    }

    /// What is written meanwhile is damaged until the end, when it is mended.
    Task<void> damage(Region& region) {
        world_.count("damages");
        region.begin_trouble();
        region.ailment().is_damaging = true;
        co_await pass(kTroubleMsMax);
        region.ailment().is_damaging = false;
        region.end_trouble();
    }

    void slow_down() {
        world_.count("changes of speed");
        set_delay(std::chrono::milliseconds(world_.below(kDelayMsMax) + 1),
                  std::chrono::milliseconds(world_.below(kDelayMsMax)));
    }

    void set_delay(runtime::Duration delay, runtime::Duration jitter) {
        for (const Region& a : world_.regions) {
            for (const Region& b : world_.regions) {
                runtime::SimLine line = world_.network.line(a.name(), b.name());
                line.delay = delay;
                line.jitter = jitter;
                world_.network.set_line(a.name(), b.name(), line);
            }
        }
    }

    void jump_clock() {
        world_.count("clock jumps");
        const std::size_t region = world_.below(world_.regions.size());
        const std::chrono::milliseconds offset =
            std::chrono::milliseconds(world_.below(2 * kClockJumpMax.count())) - kClockJumpMax;
        world_.regions.at(region).host().jump_wall_clock(offset - offsets_.at(region));
        offsets_.at(region) = offset;
    }

    Task<void> end() {
        set_delay(1ms, 0ms);
        for (Region& region : world_.regions) {
            region.ailment() = {};
            if (!region.process()) {
                co_await revive(region);
            }
        }
    }

    World& world_;
    std::array<std::chrono::milliseconds, kRegionsMax> offsets_{};
};

}  // namespace

Task<void> run_faults(World* world) {
    Faults faults(*world);
    co_await faults.run();
}

}  // namespace antipode::sim

// A long line on one machine: two network namespaces, and between them a delay, chance losses, a
// bottleneck and its queue. The kernel's own netem is not everywhere; this needs only TUN devices.
//
// Prints one JSON line with both ends. Then reads commands, one a line, and answers each with one
// line; it ends with its input, and both namespaces with it.
//
//   both delay_ms=100 loss=0.001 rate_mbit=1000 queue_ms=50
//   ab cut           what a sends to b vanishes; ba, both likewise
//   both stall       nothing moves; packets wait where they are
//   both open        neither cut nor stalled
//   counts

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/line/direction.h"
#include "tests/line/far_ends.h"

namespace {

using namespace antipode::line;

/// A packet may come so much later than it should; then many are moved at each waking.
constexpr unsigned long kTimerSlackNs = 200'000;
constexpr int kPacketsAtOnce = 128;

struct Settings {
    double delay_ms = 100;
    double loss = 0.001;
    double rate_mbit = 1000;
    double queue_ms = 50;
    std::string congestion;
    std::uint64_t seed = 1;
};

Duration from_ms(double ms) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

/// Changes `conditions` by one word of a command. False: no such word.
bool apply_word(const std::string& word, Conditions& conditions) {
    if (word == "cut" || word == "stall" || word == "open") {
        conditions.is_cut = word == "cut";
        conditions.is_stalled = word == "stall";
        return true;
    }
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
        return false;
    }
    char* end = nullptr;
    const double value = std::strtod(word.c_str() + equals + 1, &end);
    if (*end != '\0' || end == word.c_str() + equals + 1 || value < 0) {
        return false;
    }
    const std::string name = word.substr(0, equals);
    if (name == "delay_ms") {
        conditions.delay = from_ms(value);
    } else if (name == "loss" && value <= 1) {
        conditions.loss = value;
    } else if (name == "rate_mbit" && value > 0) {
        conditions.bits_per_second = value * 1e6;
    } else if (name == "queue_ms") {
        conditions.queue = from_ms(value);
    } else {
        return false;
    }
    return true;
}

std::string to_json(const Direction::Counts& counts) {
    return fmt::format(R"({{"delivered":{},"delivered_bytes":{},"lost":{},"cut":{},"dropped":{}}})",
                       counts.delivered,
                       counts.delivered_bytes,
                       counts.lost,
                       counts.cut,
                       counts.dropped);
}

class Line {
  public:
    Line(Ends ends, const Settings& settings)
        : ends_(std::move(ends)), there_(settings.seed), back_(settings.seed + 1) {
        const Conditions conditions{.delay = from_ms(settings.delay_ms),
                                    .loss = settings.loss,
                                    .bits_per_second = settings.rate_mbit * 1e6,
                                    .queue = from_ms(settings.queue_ms)};
        there_.set(conditions, Clock::now());
        back_.set(conditions, Clock::now());
    }

    /// Until the input ends.
    void run() {
        std::string input;
        for (;;) {
            pollfd waits[] = {{.fd = ends_.a.tun, .events = POLLIN, .revents = 0},
                              {.fd = ends_.b.tun, .events = POLLIN, .revents = 0},
                              {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
            wait(waits);
            if (waits[0].revents != 0) {
                take(ends_.a.tun, there_);
            }
            if (waits[1].revents != 0) {
                take(ends_.b.tun, back_);
            }
            if (waits[2].revents != 0 && !read_commands(input)) {
                return;
            }
            give(there_, ends_.b.tun);
            give(back_, ends_.a.tun);
        }
    }

  private:
    void wait(std::span<pollfd> waits) const {
        std::optional<Instant> due = there_.next_due();
        if (const auto other = back_.next_due(); other && (!due || *other < *due)) {
            due = other;
        }
        timespec timeout{};
        if (due) {
            const auto left = std::max(*due - Clock::now(), Duration::zero());
            timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
            timeout.tv_nsec = (left % std::chrono::seconds(1)).count();
        }
        ::ppoll(waits.data(), waits.size(), due ? &timeout : nullptr, nullptr);
    }

    static void take(int tun, Direction& direction) {
        std::array<std::byte, kPacketBytesMax> packet;
        const Instant now = Clock::now();
        for (int i = 0; i < kPacketsAtOnce; ++i) {
            const ssize_t size = ::read(tun, packet.data(), packet.size());
            if (size <= 0) {
                return;
            }
            direction.offer(std::span(packet).first(static_cast<std::size_t>(size)), now);
        }
    }

    static void give(Direction& direction, int tun) {
        direction.deliver(Clock::now(), [tun](std::span<const std::byte> packet) {
            // A full device drops, like any other.
            static_cast<void>(::write(tun, packet.data(), packet.size()));
        });
    }

    bool read_commands(std::string& input) {
        std::array<char, 4096> buffer;
        const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size <= 0) {
            return size < 0 && errno == EINTR;
        }
        input.append(buffer.data(), static_cast<std::size_t>(size));
        for (std::size_t end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
            fmt::print("{}\n", obey(input.substr(0, end)));
            input.erase(0, end + 1);
        }
        std::fflush(stdout);
        return true;
    }

    std::string obey(const std::string& command) {
        std::istringstream words(command);
        std::string which;
        words >> which;
        if (which == "counts") {
            return fmt::format(
                R"({{"ab":{},"ba":{}}})", to_json(there_.counts()), to_json(back_.counts()));
        }
        if (which != "both" && which != "ab" && which != "ba") {
            return "error: a command starts with both, ab, ba or counts";
        }
        Conditions there = there_.conditions();
        Conditions back = back_.conditions();
        for (std::string word; words >> word;) {
            if ((which != "ba" && !apply_word(word, there)) ||
                (which != "ab" && !apply_word(word, back))) {
                return "error: not understood: " + word;
            }
        }
        const Instant now = Clock::now();
        there_.set(there, now);
        back_.set(back, now);
        return "ok";
    }

    Ends ends_;
    Direction there_;  ///< a to b
    Direction back_;
};

std::string to_json(const End& end) {
    return fmt::format(R"({{"address":"{}","namespace":"/proc/{}/fd/{}"}})",
                       end.address,
                       ::getpid(),
                       end.net_namespace);
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("A long line between two network namespaces.", "line");
    app.add_option("--delay-ms", settings.delay_ms, "one way")->capture_default_str();
    app.add_option("--loss", settings.loss, "share of packets")->check(CLI::Range(0.0, 1.0));
    app.add_option("--rate-mbit", settings.rate_mbit, "of the bottleneck")
        ->check(CLI::PositiveNumber);
    app.add_option("--queue-ms", settings.queue_ms, "before the bottleneck; more is dropped");
    app.add_option(
        "--congestion", settings.congestion, "reno, cubic or bbr; default: the system's");
    app.add_option("--seed", settings.seed, "of the losses");
    CLI11_PARSE(app, argc, argv);

    ::prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
    auto ends = make_ends(settings.congestion);
    if (!ends) {
        fmt::print(stderr, "line: {}\n", ends.error());
        return 1;
    }
    fmt::print(R"({{"a":{},"b":{}}})"
               "\n",
               to_json(ends->a),
               to_json(ends->b));
    std::fflush(stdout);
    Line(std::move(*ends), settings).run();
    return 0;
}

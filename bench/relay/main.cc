// A TCP relay that delays: every byte arrives --delay-ms later than it was sent, in both
// directions, at full bandwidth. With it two regions on one machine are as far apart as two
// continents. It delays the bytes of open connections; opening one costs no delay, and nothing is
// lost (that needs network namespaces and root; see bench/README.md).

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/check.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::size_t kInFlightBytesMax =
    64 * 1024 * 1024;  // 2.5 Gbit/s at 200 ms one way; then the sender waits.

/// Bytes on their way from one socket to the other.
struct Direction {
    struct Chunk {
        Clock::time_point due;
        std::vector<char> bytes;
        std::size_t sent = 0;
    };

    int from = -1;
    int to = -1;
    std::deque<Chunk> in_flight;
    std::size_t in_flight_bytes = 0;
    bool end_read = false;  ///< The end of the stream travels, too.
    Clock::time_point end_due;
    bool end_sent = false;
};

struct Pair {
    Direction there;
    Direction back;
    bool broken = false;

    ~Pair() {
        ::close(there.from);
        ::close(there.to);
    }
};

int connect_to(const sockaddr_in& address) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

void make_ready(int epoll, int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = fd}};
    CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

/// Takes what has come, up to the limit. False: the connection is broken.
bool read_all(Direction& direction, Clock::duration delay) {
    static std::array<char, kChunkBytes> buffer;
    while (!direction.end_read && direction.in_flight_bytes < kInFlightBytesMax) {
        const ssize_t got = ::recv(direction.from, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        const auto due = Clock::now() + delay;
        if (got == 0) {
            direction.end_read = true;
            direction.end_due = due;
            return true;
        }
        direction.in_flight.push_back(
            {.due = due, .bytes = {buffer.begin(), buffer.begin() + got}});
        direction.in_flight_bytes += static_cast<std::size_t>(got);
    }
    return true;
}

/// Delivers what is due. False: the connection is broken.
bool deliver(Direction& direction, Clock::time_point now) {
    while (!direction.in_flight.empty() && direction.in_flight.front().due <= now) {
        Direction::Chunk& chunk = direction.in_flight.front();
        const ssize_t sent = ::send(direction.to,
                                    chunk.bytes.data() + chunk.sent,
                                    chunk.bytes.size() - chunk.sent,
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        chunk.sent += static_cast<std::size_t>(sent);
        direction.in_flight_bytes -= static_cast<std::size_t>(sent);
        if (chunk.sent == chunk.bytes.size()) {
            direction.in_flight.pop_front();
        }
    }
    if (direction.end_read && !direction.end_sent && direction.in_flight.empty() &&
        direction.end_due <= now) {
        direction.end_sent = true;
        ::shutdown(direction.to, SHUT_WR);
    }
    return true;
}

void serve(int listener, const sockaddr_in& target, Clock::duration delay) {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event listening{.events = EPOLLIN, .data = {.fd = listener}};
    CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening) == 0);
    std::map<int, std::shared_ptr<Pair>> pairs;  // By either socket.
    std::array<epoll_event, 64> events{};
    for (;;) {
        // A millisecond of slack on a delay of many is well within what is measured with it.
        const int count = ::epoll_wait(
            epoll, events.data(), static_cast<int>(events.size()), pairs.empty() ? -1 : 1);
        for (int at = 0; at < count; ++at) {
            if (events.at(static_cast<std::size_t>(at)).data.fd != listener) {
                continue;
            }
            const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            const int connected = accepted < 0 ? -1 : connect_to(target);
            if (connected < 0) {
                ::close(accepted);
                continue;
            }
            auto pair = std::make_shared<Pair>();
            pair->there.from = pair->back.to = accepted;
            pair->there.to = pair->back.from = connected;
            pairs[accepted] = pairs[connected] = pair;
            make_ready(epoll, accepted);
            make_ready(epoll, connected);
        }
        const auto now = Clock::now();
        std::vector<std::shared_ptr<Pair>> over;
        for (auto& [fd, pair] : pairs) {
            if (fd != pair->there.from) {
                continue;
            }
            const bool fine = read_all(pair->there, delay) && read_all(pair->back, delay) &&
                              deliver(pair->there, now) && deliver(pair->back, now);
            if (!fine || (pair->there.end_sent && pair->back.end_sent)) {
                over.push_back(pair);
            }
        }
        for (const auto& pair : over) {
            pairs.erase(pair->there.from);
            pairs.erase(pair->there.to);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t to = 0;
    int delay_ms = 100;
    CLI::App app("Relays a loopback port to another, with a delay.", "relay");
    app.add_option("--to", to, "port to relay to")->required();
    app.add_option("--delay-ms", delay_ms, "one way")
        ->check(CLI::Range(0, 10000))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in target = address;
    target.sin_port = htons(to);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof address;
    CHECK(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    CHECK(::listen(listener, 512) == 0);
    CHECK(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    fmt::print("{}\n", ntohs(address.sin_port));
    std::fflush(stdout);
    serve(listener, target, std::chrono::milliseconds(delay_ms));
}

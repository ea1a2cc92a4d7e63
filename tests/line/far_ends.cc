#include "tests/line/far_ends.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace antipode::line {

namespace {

constexpr int kMtu = 1500;
constexpr int kQueueLength = 10'000;

using Outcome = std::expected<void, std::string>;

std::unexpected<std::string> failed(std::string_view what) {
    return std::unexpected(fmt::format("{}: {}", what, std::system_category().message(errno)));
}

/// A descriptor that closes with its scope.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}

    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const { return fd_; }

    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

ifreq named(std::string_view name) {
    ifreq request{};
    std::ranges::copy(name, request.ifr_name);
    return request;
}

Outcome bring_up(int socket, std::string_view name) {
    ifreq request = named(name);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (::ioctl(socket, SIOCSIFFLAGS, &request) != 0) {
        return failed(fmt::format("cannot bring {} up", name));
    }
    return {};
}

Outcome set_address(int socket, std::string_view name, unsigned long what, const char* text) {
    ifreq request = named(name);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, text, &address.sin_addr);
    std::memcpy(&request.ifr_addr, &address, sizeof address);
    if (::ioctl(socket, what, &request) != 0) {
        return failed(fmt::format("cannot give {} the address {}", name, text));
    }
    return {};
}

Outcome set_number(int socket, std::string_view name, unsigned long what, int number) {
    ifreq request = named(name);
    request.ifr_mtu = number;  // ifr_qlen lies in the same place.
    if (::ioctl(socket, what, &request) != 0) {
        return failed(fmt::format("cannot set {} up", name));
    }
    return {};
}

Outcome set_congestion(const std::string& name) {
    const Descriptor file(
        ::open("/proc/sys/net/ipv4/tcp_congestion_control", O_WRONLY | O_CLOEXEC));
    if (file.get() < 0 ||
        ::write(file.get(), name.data(), name.size()) != static_cast<ssize_t>(name.size())) {
        return failed(fmt::format("cannot use {} for congestion control", name));
    }
    return {};
}

Outcome configure(std::string_view device, const std::string& address, int netns_socket) {
    for (const Outcome& step : {set_address(netns_socket, device, SIOCSIFADDR, address.c_str()),
                                set_address(netns_socket, device, SIOCSIFNETMASK, "255.255.255.0"),
                                set_number(netns_socket, device, SIOCSIFMTU, kMtu),
                                set_number(netns_socket, device, SIOCSIFTXQLEN, kQueueLength),
                                bring_up(netns_socket, device),
                                bring_up(netns_socket, "lo")}) {
        if (!step) {
            return step;
        }
    }
    return {};
}

std::expected<End, std::string> make_end(std::string address, const std::string& congestion) {
    if (::unshare(CLONE_NEWNET) != 0) {
        return failed("cannot make a network namespace (it takes root)");
    }
    Descriptor space(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    Descriptor tun(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (space.get() < 0 || tun.get() < 0) {
        return failed("cannot open /dev/net/tun");
    }
    constexpr std::string_view kDevice = "line";
    ifreq request = named(kDevice);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (::ioctl(tun.get(), TUNSETIFF, &request) != 0) {
        return failed("cannot make a TUN device");
    }
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (const Outcome done = configure(kDevice, address, socket.get()); !done) {
        return std::unexpected(done.error());
    }
    if (!congestion.empty()) {
        if (const Outcome done = set_congestion(congestion); !done) {
            return std::unexpected(done.error());
        }
    }
    return End{
        .address = std::move(address), .tun = tun.release(), .net_namespace = space.release()};
}

}  // namespace

std::expected<Ends, std::string> make_ends(const std::string& congestion) {
    auto a = make_end("10.99.0.1", congestion);
    if (!a) {
        return std::unexpected(a.error());
    }
    auto b = make_end("10.99.0.2", congestion);
    if (!b) {
        return std::unexpected(b.error());
    }
    return Ends{.a = std::move(*a), .b = std::move(*b)};
}

}  // namespace antipode::line

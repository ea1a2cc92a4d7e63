#pragma once

#include <expected>
#include <string>

namespace antipode::line {

/// One end of the line: a network namespace of its own whose only way out is a TUN device.
struct End {
    std::string address;     ///< Of this end: "10.99.0.1".
    int tun = -1;            ///< Packets come out of it and go into it, one a call; non-blocking.
    int net_namespace = -1;  ///< Enter it by /proc/PID/fd/NUMBER.
};

struct Ends {
    End a;
    End b;
};

/// Two ends that can reach each other through nothing but what is moved between their devices, and
/// themselves at 127.0.0.1. They vanish with this process. `congestion`: the TCP congestion control
/// of both (reno, cubic, bbr); empty = the system's. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. The
/// calling thread ends up in the namespace of b. The error is a sentence.
std::expected<Ends, std::string> make_ends(const std::string& congestion);

}  // namespace antipode::line

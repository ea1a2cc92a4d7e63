#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "http/message.h"
#include "runtime/executor.h"
#include "runtime/host.h"
#include "runtime/link_network.h"
#include "runtime/task.h"

namespace antipode::http {

struct ServerOptions {
    std::vector<std::string> listen;  ///< "127.0.0.1:9000", "[::1]:9000"; port 0 = any.
    runtime::LinkTls tls;
    std::size_t head_bytes_max = 32 * kKiB;   ///< Beyond it 431.
    std::uint64_t body_bytes_max = 6 * kGiB;  ///< Beyond it 413 before the body is read.
    runtime::Duration idle_timeout = std::chrono::seconds(60);
    std::size_t connections_max = 20000;
    std::uint64_t drain_bytes_max =
        1 * kMiB;  ///< How much of an unread body is read to keep the connection.
};

/// HTTP/1.1 (RFC 9112) over the streams of runtime/: keep-alive, pipelining in order, Expect:
/// 100-continue, chunked bodies both ways, back-pressure both ways (one chunk of memory per
/// connection and direction).
class Server {
  public:
    Server(ServerOptions options, Handler& handler, runtime::Host& host);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Result<void> start();
    /// Where it listens, with real ports.
    [[nodiscard]] std::vector<std::string> addresses() const;
    /// Closes the listeners and idle connections, lets requests in flight end within `patience`,
    /// then cuts.
    Task<void> stop(runtime::Duration patience);

    struct Counts {
        std::size_t connections = 0;
        std::uint64_t requests = 0;
    };

    [[nodiscard]] Counts counts() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace antipode::http

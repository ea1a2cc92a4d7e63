#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/executor.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// One connection. Used by one coroutine at a time for reading and one for writing, all on the
/// executor it was made on.
class Stream {
  public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /// At least one byte, or 0 at the end of the stream. Timeout after the idle time, Closed when
    /// reset or closed.
    virtual Task<Result<std::size_t>> read_some(MutableByteView into) = 0;
    /// All pieces in order (gathered); they must live until it returns. Idle time counts while
    /// nothing moves.
    virtual Task<Result<void>> write_all(std::vector<ByteView> pieces) = 0;
    /// Sends FIN; reading goes on.
    virtual void shutdown_write() = 0;
    /// Ends the connection; pending reads and writes end with Closed. Idempotent.
    virtual void close() = 0;
    /// How long a read or write may go without a byte moving. Coarse (a timer wheel; up to 1 s
    /// late).
    virtual void set_idle_timeout(Duration idle) = 0;
    /// "127.0.0.1:51234", "[::1]:51234".
    [[nodiscard]] virtual std::string peer_address() const = 0;
    [[nodiscard]] virtual bool is_tls() const = 0;

    /// Where it is to be used. A listener spreads its connections over the threads, so that this
    /// may be another executor than the one that accepted it.
    [[nodiscard]] virtual Executor& executor() { return Executor::current(); }
};

class Listener {
  public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;

    /// The next connection; Closed after close(). Any other error passes (no more descriptors): try
    /// again a little later.
    virtual Task<Result<std::unique_ptr<Stream>>> accept() = 0;
    virtual void close() = 0;
    /// With the port that the system chose when 0 was asked for.
    [[nodiscard]] virtual std::string local_address() const = 0;
};

struct TlsFiles {
    std::string certificate_file;  ///< PEM chain; empty = no TLS.
    std::string key_file;
};

/// Sockets of one executor. `address` is "host:port"; IPv6 hosts in brackets.
/// listen: from any thread; the port is open when it returns. "[::]" does not take IPv4 as well.
/// connect: Unavailable when nobody listens or the name is unknown, Timeout.
class Network {
  public:
    Network() = default;
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    virtual ~Network() = default;

    virtual Result<std::unique_ptr<Listener>> listen(const std::string& address,
                                                     const TlsFiles& tls) = 0;
    virtual Task<Result<std::unique_ptr<Stream>>> connect(std::string address,
                                                          bool tls,
                                                          Duration patience) = 0;
};

}  // namespace antipode::runtime

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/network.h"
#include "runtime/task.h"

// What connections between regions need beyond runtime/network.h: either side shows a certificate,
// and the line may be long.
namespace antipode::runtime {

struct LinkTls {
    TlsFiles own{};
    /// PEM: who may have signed the other side's certificate; empty = nobody is asked for one. Not
    /// empty = mutual authentication: either side shows a certificate and refuses one that is not
    /// signed by these, or has expired; all files are read again when they change, for the
    /// connections that come after.
    std::string trusted_file{};

    [[nodiscard]] bool is_mutual() const { return !trusted_file.empty(); }
};

struct ConnectOptions {
    bool tls = false;
    LinkTls credentials{};
    std::string peer_name{};  ///< With mutual authentication: what the certificate must be of.
    /// TCP congestion control ("bbr") where the kernel has it; empty = the system's.
    std::string congestion{};
    /// Sends again at least once a second what was not acknowledged, where the kernel can: after an
    /// outage a long line is in use again a second later, and not after as long again.
    bool retries_each_second = false;
};

/// Networks of real sockets are this as well; the simulator's are not.
class LinkNetwork {
  public:
    LinkNetwork() = default;
    LinkNetwork(const LinkNetwork&) = delete;
    LinkNetwork& operator=(const LinkNetwork&) = delete;
    virtual ~LinkNetwork() = default;

    virtual Result<std::unique_ptr<Listener>> listen(const std::string& address,
                                                     const LinkTls& tls) = 0;
    virtual Task<Result<std::unique_ptr<Stream>>> connect(std::string address,
                                                          ConnectOptions options,
                                                          Duration patience) = 0;
};

/// As Network::listen and connect. Where the network is no LinkNetwork, certificates are refused
/// (NotImplemented) and hints for the line are ignored.
Result<std::unique_ptr<Listener>> listen(Network& network,
                                         const std::string& address,
                                         const LinkTls& tls);
Task<Result<std::unique_ptr<Stream>>> connect(Network& network,
                                              std::string address,
                                              ConnectOptions options,
                                              Duration patience);

/// A stream whose other side was asked for a certificate.
class CertifiedStream {
  public:
    CertifiedStream() = default;
    CertifiedStream(const CertifiedStream&) = delete;
    CertifiedStream& operator=(const CertifiedStream&) = delete;
    virtual ~CertifiedStream() = default;

    /// The common name of its certificate; empty before the first read or write, and where none was
    /// demanded.
    [[nodiscard]] virtual const std::string& certified_name() const = 0;
};

/// The same of any stream.
std::string certified_name(const Stream& stream);

}  // namespace antipode::runtime

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "http/message.h"
#include "runtime/link_network.h"
#include "runtime/task.h"

namespace antipode::edge {

struct CarrierOptions {
    std::string region;   ///< "cn-beijing": what the certificate there must be of.
    std::string address;  ///< "host:port" of the region's links.
    runtime::LinkTls credentials{};
    bool tls = true;  ///< False only in simulations, which know no certificates.
    /// TCP congestion control where the kernel has it; empty = the system's. BBR takes losses on a
    /// long line for what they are: chance.
    std::string congestion = "bbr";
    /// Connections that carry bodies, a chunk of 512 KiB each at a time: what 1 Gbit/s and 200 ms
    /// hold. More than the line holds is dropped where it narrows.
    std::size_t streams = 48;
    /// Of bodies on their way, of all requests together.
    std::uint64_t buffer_bytes_max = 256 * kMiB;
    /// What is not delivered after so long of trying will not be.
    runtime::Duration patience = std::chrono::seconds(30);
};

/// The edge's side of one region: carries requests there over many connections that stay open, and
/// the answers back. Used on one executor.
class Carrier {
  public:
    Carrier(CarrierOptions options, runtime::Network& network);
    ~Carrier();
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;

    /// Opens the connections and keeps them open. Once.
    void start();
    /// Ends everything; requests in flight fail.
    Task<void> stop();

    /// The region's own answer, and not before the region has given it. Errors (Unavailable,
    /// IncompleteBody, ...): whether the region has acted upon the request is not known, as when a
    /// connection to it breaks. The response's stream and `request` end before this object.
    Task<Result<http::Response>> carry(http::Request& request);

    /// Whether the region has the bucket, and it is accelerated. NoSuchBucket.
    Task<Result<bool>> is_accelerated(std::string bucket);

    /// Bytes of bodies that are held.
    [[nodiscard]] std::uint64_t buffered_bytes() const;

    struct State;

  private:
    std::shared_ptr<State> state_;
};

}  // namespace antipode::edge

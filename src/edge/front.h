#pragma once

#include <memory>
#include <vector>

#include "edge/carrier.h"
#include "http/message.h"
#include "protocol/dialect.h"
#include "protocol/request_id.h"
#include "protocol/virtual_host.h"
#include "runtime/host.h"
#include "runtime/task.h"

namespace antipode::edge {

struct FrontOptions {
    protocol::VirtualHosts hosts;
    protocol::Dialect fallback = protocol::Dialect::Oss;  ///< Of our own refusals.
    std::vector<CarrierOptions> regions;
};

/// What clients of an edge talk to: finds the region of the bucket that the host names and has the
/// request carried there. Knows no credentials; the region checks the signature. "/-/health/live"
/// and "/-/health/ready" are answered here.
class Front final : public http::Handler {
  public:
    /// `host` outlives it.
    Front(FrontOptions options, runtime::Host& host);
    ~Front() override;

    /// Connects to the regions. Once.
    void start();
    /// After the server that calls handle().
    Task<void> stop();

    Task<http::Response> handle(http::Request& request) override;

    /// Bytes of bodies that are held. For tests, on the host's only executor.
    [[nodiscard]] std::uint64_t buffered_bytes() const;

  private:
    struct Place;
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace antipode::edge

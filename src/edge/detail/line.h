#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "edge/carrier.h"
#include "edge/wire.h"
#include "http/client.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"

namespace antipode::edge {

/// What all requests to one region share: the connections and what must be told there. Used on one
/// executor.
struct Line {
    Line(CarrierOptions its_options, runtime::Network& network);

    /// A short call: head of a request, answer, notice.
    Task<Result<http::ClientResponse>> talk(std::string what, std::string body);
    /// One chunk of a body, either way.
    Task<Result<http::ClientResponse>> haul(std::string method, std::string what, std::string body);
    /// Says once more and more slowly each time whether it is worth trying again.
    Task<void> pause(runtime::Duration& delay);

    /// Tells the region now and then which exchanges go on and which are over, and keeps
    /// connections open.
    Task<void> keep();
    void note_over(const std::string& exchange);

    const CarrierOptions options;
    http::Client talking;
    http::Client hauling;
    std::set<std::string> alive;
    std::vector<std::string> over;
    std::string run_id;  ///< Of the region's process, as last heard.
    std::uint64_t buffered_bytes = 0;
    bool is_stopping = false;
    runtime::Signal moved;     ///< Room in buffers, an answer, an end.
    runtime::Signal notified;  ///< There is something to be told.
    runtime::TaskGroup group;

  private:
    Task<void> tell();
    Task<void> ping(http::Client* client);
    void note_reached(const Result<http::ClientResponse>& response);

    bool is_reached_ = true;
};

using LinePtr = std::shared_ptr<Line>;

}  // namespace antipode::edge

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "http/message.h"
#include "runtime/task.h"

namespace antipode::edge {

/// Whether a bucket is there (NoSuchBucket) and has transfer acceleration.
using IsAccelerated = std::function<Task<Result<bool>>(std::string bucket)>;

struct DoorOptions {
    /// Of bodies that are on their way, of all exchanges together.
    std::uint64_t buffer_bytes_max = 512 * kMiB;
    std::size_t exchanges_max = 16384;
};

/// A region's side: takes clients' requests that edges carry here over many connections, puts each
/// together and gives it to the handler of ordinary requests, which checks the client's signature;
/// and gives the answer back the same way. Answers targets below kEdgePrefix. Whoever asks must
/// have shown an edge's certificate: that is checked by the caller, its name is in
/// request.certified_name. Threads: any.
class Door final : public http::Handler {
  public:
    /// `objects` outlives the door; it must be the handler of clients' requests and of nothing
    /// else.
    Door(http::Handler& objects, IsAccelerated is_accelerated, DoorOptions options = {});
    ~Door() override;

    /// Begins to look for exchanges whose edge has gone. Once, on the executor where it is to do
    /// so.
    void start();
    /// Ends every exchange and waits for what is under way.
    Task<void> stop();

    Task<http::Response> handle(http::Request& request) override;

    [[nodiscard]] std::size_t exchange_count() const;
    [[nodiscard]] std::uint64_t buffered_bytes() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace antipode::edge

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "edge/detail/budget.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace antipode::edge {

/// The body of a request whose chunks come on several connections, in any order and some of them
/// twice: gives them in order to one reader. It ends only behind the chunk that was marked as the
/// last. Threads: any.
class ArrivingBody {
  public:
    /// `budget` outlives this object.
    explicit ArrivingBody(Budget& budget) : budget_(budget) {}

    ~ArrivingBody();
    ArrivingBody(const ArrivingBody&) = delete;
    ArrivingBody& operator=(const ArrivingBody&) = delete;

    enum class Place : std::uint8_t {
        Free,      ///< Bring it.
        Taken,     ///< It is here already, or was read already.
        Busy,      ///< Memory is short: later.
        TooFar,    ///< Beyond any window.
        Unwanted,  ///< Nobody reads any more.
    };

    /// Before a chunk is received: takes memory for it when Free (to be followed by put or
    /// give_up). The next chunk to be read is always Free, so that everything moves on.
    Place reserve(std::uint64_t number, std::uint64_t size);
    void put(std::uint64_t number, bool is_last, Bytes bytes);
    void give_up(std::uint64_t number);
    /// Returns when the reader has come near to `number` or waits itself, or after a while.
    Task<void> wait_near(std::uint64_t number);

    /// The next chunk; empty at the end. Closed after abort().
    Task<Result<Bytes>> next();
    /// Nobody reads, or nobody writes, any more: what is here is dropped.
    void abort();

  private:
    struct Chunk {
        std::uint64_t reserved = 0;
        std::size_t bringing = 0;  ///< Connections on which it is under way.
        std::optional<Bytes> bytes;
    };

    Budget& budget_;
    std::mutex mutex_;
    std::map<std::uint64_t, Chunk> chunks_;
    std::uint64_t next_ = 0;
    std::optional<std::uint64_t> last_;
    bool is_aborted_ = false;
    runtime::Signal arrived_;
    runtime::Signal read_;
};

}  // namespace antipode::edge

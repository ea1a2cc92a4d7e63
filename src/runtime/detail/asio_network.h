#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "runtime/detail/io_loop.h"
#include "runtime/network.h"

namespace antipode::runtime {

/// The loops of one IoThreads; accepted connections go to them in turn.
struct IoLoops {
    std::vector<std::unique_ptr<IoLoop>> loops;
    std::atomic<std::size_t> next = 0;

    std::size_t next_index() { return next.fetch_add(1, std::memory_order_relaxed) % loops.size(); }
};

/// `loops` outlives the network and all it made; `loop` is one of them.
std::unique_ptr<Network> make_asio_network(IoLoops& loops, IoLoop& loop);

}  // namespace antipode::runtime

#include "runtime/io_threads.h"

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>

#include "base/check.h"
#include "runtime/detail/asio_network.h"
#include "runtime/detail/io_loop.h"
#include "runtime/thread_pool.h"

namespace antipode::runtime {

struct IoThreads::State {
    IoLoops loops;
    std::vector<std::unique_ptr<Network>> networks;
    std::vector<std::thread> threads;
};

IoThreads::IoThreads(std::size_t count) : state_(std::make_unique<State>()) {
    CHECK(count > 0);
    // A peer that went away is an error of the write, never a signal.
    std::signal(SIGPIPE, SIG_IGN);
    for (std::size_t i = 0; i < count; ++i) {
        state_->loops.loops.push_back(std::make_unique<IoLoop>());
    }
    for (const auto& loop : state_->loops.loops) {
        state_->networks.push_back(make_asio_network(state_->loops, *loop));
    }
    for (std::size_t i = 0; i < count; ++i) {
        state_->threads.emplace_back([&loop = *state_->loops.loops[i], i] {
            name_this_thread("io-" + std::to_string(i));
            loop.run();
        });
    }
}

IoThreads::~IoThreads() {
    CHECK(state_->threads.empty());
}

std::size_t IoThreads::count() const {
    return state_->loops.loops.size();
}

Executor& IoThreads::executor(std::size_t index) {
    return *state_->loops.loops.at(index);
}

Network& IoThreads::network(std::size_t index) {
    return *state_->networks.at(index);
}

std::size_t IoThreads::next_index() {
    return state_->loops.next_index();
}

void IoThreads::stop() {
    for (const auto& loop : state_->loops.loops) {
        loop->stop();
    }
    for (std::thread& thread : state_->threads) {
        thread.join();
    }
    state_->threads.clear();
}

std::size_t processor_count() {
    // On Linux this honours the affinity that the process was given.
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace antipode::runtime

#pragma once

#include <csignal>
#include <cstdint>
#include <pthread.h>

namespace antipode::server {

/// What the main thread waits for while the executors work: that someone asks the process to stop,
/// or that work has finished. Made before any thread is, so that all threads inherit the blocked
/// signals.
class MainLoop {
  public:
    enum class Wake : std::uint8_t {
        StopAsked,  ///< SIGTERM or SIGINT.
        Finished,   ///< finish() was called.
    };

    MainLoop();

    /// Main thread only.
    Wake wait();
    /// Any thread: wakes the main thread once.
    void finish() const;

  private:
    sigset_t signals_{};
    pthread_t main_thread_;
};

}  // namespace antipode::server

#include "server/main_loop.h"

#include "base/check.h"

namespace antipode::server {

MainLoop::MainLoop() : main_thread_(pthread_self()) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &signals_, nullptr) == 0);
    // A client that goes away while it is written to is an error of that write, not the end of the
    // process.
    CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

MainLoop::Wake MainLoop::wait() {
    int received = 0;
    CHECK(sigwait(&signals_, &received) == 0);
    return received == SIGUSR1 ? Wake::Finished : Wake::StopAsked;
}

void MainLoop::finish() const {
    CHECK(pthread_kill(main_thread_, SIGUSR1) == 0);
}

}  // namespace antipode::server

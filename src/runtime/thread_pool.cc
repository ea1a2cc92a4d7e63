#include "runtime/thread_pool.h"

#include <pthread.h>
#include <utility>

#include "runtime/sim_threads.h"

namespace antipode::runtime {

void name_this_thread(const std::string& name) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

void block_this_thread(Duration delay) {
    if (SimThreads* simulated = SimThreads::ambient()) {
        static_cast<void>(simulated->park_for(delay));
        return;
    }
    std::this_thread::sleep_for(delay);
}

ThreadPool::ThreadPool(std::string name, std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this, name] {
            name_this_thread(name);
            work();
        });
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::post(Work work) {
    {
        const std::scoped_lock lock(mutex_);
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
}

std::size_t ThreadPool::queued() const {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
}

void ThreadPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        Work next = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        next();
        lock.lock();
    }
}

}  // namespace antipode::runtime

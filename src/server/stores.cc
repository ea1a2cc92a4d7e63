#include "server/stores.h"

#include <utility>

#include "runtime/thread_pool.h"
#include "server/local_stores.h"
#include "server/memory_stores.h"

namespace antipode::server {

Task<Result<std::unique_ptr<Stores>>> open_stores(Config config, runtime::Executor& executor) {
    if (config.engine == Engine::Memory) {
        co_return std::make_unique<MemoryStores>();
    }
    // On a thread of its own, so that health is answered while the logs are replayed.
    runtime::ThreadPool opener("open-stores", 1);
    co_return co_await opener.run([&config, &executor]() -> Result<std::unique_ptr<Stores>> {
        TRY(std::unique_ptr<Stores> stores, LocalStores::open(config, executor));
        return stores;
    });
}

}  // namespace antipode::server

#include "server/stores.h"

#include "server/memory_stores.h"

namespace antipode::server {

Task<Result<std::unique_ptr<Stores>>> open_stores(const Config& config, runtime::IoThreads&) {
    switch (config.engine) {
        case Engine::Memory:
            co_return std::make_unique<MemoryStores>();
        case Engine::Local:
            break;
    }
    co_return fail(ErrorCode::NotImplemented,
                   "the engine local is not built yet; use --engine memory");
}

}  // namespace antipode::server

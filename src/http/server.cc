#include "http/server.h"

#include <atomic>
#include <utility>

#include "http/detail/session.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::http {

namespace {

using runtime::Executor;
using runtime::Listener;
using runtime::Stream;

constexpr runtime::Duration kAcceptRetryDelay = std::chrono::milliseconds(100);

}  // namespace

struct Server::State {
    State(ServerOptions server_options, Handler& request_handler, runtime::Host& where)
        : options(std::move(server_options)),
          handler(request_handler),
          host(where),
          shards(where.count()) {}

    Task<void> accept_all(Listener& listener);
    Task<void> serve(std::unique_ptr<Stream> stream, Shard& shard);
    Shard& shard_of(const Executor& executor);
    Task<void> stop(runtime::Duration patience);
    /// On every thread, in `then` of that thread.
    Task<void> on_each_shard(void (*then)(Shard& shard));

    const ServerOptions options;
    Handler& handler;
    runtime::Host& host;
    std::vector<Shard> shards;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::atomic<std::size_t> connections = 0;
    runtime::TaskGroup group;
};

Server::Server(ServerOptions options, Handler& handler, runtime::Host& host)
    : state_(std::make_shared<State>(std::move(options), handler, host)) {}

Server::~Server() = default;

Result<void> Server::start() {
    for (const std::string& address : state_->options.listen) {
        TRY(auto listener, runtime::listen(state_->host.network(0), address, state_->options.tls));
        state_->listeners.push_back(std::move(listener));
    }
    for (const auto& listener : state_->listeners) {
        state_->group.spawn(state_->host.executor(0), state_->accept_all(*listener));
    }
    return {};
}

std::vector<std::string> Server::addresses() const {
    std::vector<std::string> addresses;
    for (const auto& listener : state_->listeners) {
        addresses.push_back(listener->local_address());
    }
    return addresses;
}

Server::Counts Server::counts() const {
    Counts counts{.connections = state_->connections.load(std::memory_order_relaxed)};
    for (const Shard& shard : state_->shards) {
        counts.requests += shard.requests.load(std::memory_order_relaxed);
    }
    return counts;
}

Task<void> Server::stop(runtime::Duration patience) {
    return state_->stop(patience);
}

Task<void> Server::State::accept_all(Listener& listener) {
    while (true) {
        auto accepted = co_await listener.accept();
        if (accepted) {
            Executor& executor = (*accepted)->executor();
            connections.fetch_add(1, std::memory_order_relaxed);
            group.spawn(executor, serve(std::move(*accepted), shard_of(executor)));
        } else if (accepted.error().code == ErrorCode::Closed) {
            co_return;
        } else {
            // Most likely no descriptors are left; they come back when connections end.
            co_await runtime::sleep_for(kAcceptRetryDelay);
        }
    }
}

Task<void> Server::State::serve(std::unique_ptr<Stream> stream, Shard& shard) {
    if (connections.load(std::memory_order_relaxed) > options.connections_max) {
        stream->close();
    } else {
        Session session(std::move(stream), options, handler, shard);
        co_await session.run();
    }
    connections.fetch_sub(1, std::memory_order_relaxed);
}

Shard& Server::State::shard_of(const Executor& executor) {
    std::size_t index = 0;
    while (index + 1 < shards.size() && &host.executor(index) != &executor) {
        ++index;
    }
    return shards[index];
}

Task<void> Server::State::on_each_shard(void (*then)(Shard& shard)) {
    for (std::size_t i = 0; i < shards.size(); ++i) {
        co_await runtime::resume_on(host.executor(i));
        then(shards[i]);
    }
}

Task<void> Server::State::stop(runtime::Duration patience) {
    Executor& home = Executor::current();
    co_await runtime::resume_on(host.executor(0));
    for (const auto& listener : listeners) {
        listener->close();
    }
    co_await on_each_shard([](Shard& shard) {
        shard.stopping = true;
        for (Session& session : shard.sessions) {
            if (session.is_idle()) {
                session.cut();
            }
        }
    });
    co_await runtime::resume_on(home);

    runtime::TaskGroup cutter;
    const auto timer = home.post_after(patience, [this, &cutter] {
        cutter.spawn(on_each_shard([](Shard& shard) {
            for (Session& session : shard.sessions) {
                session.cut();
            }
        }));
    });
    co_await group.join();
    home.cancel(timer);
    co_await cutter.join();
}

}  // namespace antipode::http

#include "http/client.h"

#include <deque>
#include <list>
#include <utility>

#include <fmt/format.h>

#include "http/detail/connection.h"
#include "runtime/one_shot.h"

namespace antipode::http {

namespace {

/// Servers end idle connections; a request that cannot be sent twice should not meet one that is
/// about to go.
constexpr runtime::Duration kIdleAgeMax = std::chrono::seconds(20);

}  // namespace

struct Client::State {
    using OwnedConnection = std::unique_ptr<Connection>;

    State(ClientOptions client_options, runtime::Network& its_network)
        : options(std::move(client_options)), network(its_network) {}

    Task<Result<OwnedConnection>> acquire(bool fresh);
    OwnedConnection take_idle();
    void release(OwnedConnection connection);
    Task<Result<ClientResponse>> call(ClientRequest& request,
                                      std::uint64_t text_bytes_max,
                                      bool fresh,
                                      bool& stale);

    ClientOptions options;
    runtime::Network& network;
    /// The most recently used last: the pool shrinks to what is needed.
    std::vector<OwnedConnection> idle;
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> busy;
    /// Places taken: idle, busy and being connected.
    std::size_t open = 0;
    std::deque<runtime::OneShot<bool>> waiting;
    bool closed = false;
};

Client::Client(ClientOptions options, runtime::Network& network)
    : state_(std::make_shared<State>(std::move(options), network)) {}

Client::~Client() = default;

void Client::close() {
    state_->closed = true;
    state_->open -= state_->idle.size();
    state_->idle.clear();
    for (Connection& connection : state_->busy) {
        connection.close();
    }
    for (const auto& waiter : state_->waiting) {
        waiter.set(false);
    }
    state_->waiting.clear();
}

Task<Result<ClientResponse>> Client::call(ClientRequest request, std::uint64_t text_bytes_max) {
    const std::shared_ptr<State> state = state_;
    bool stale = false;
    auto response = co_await state->call(request, text_bytes_max, false, stale);
    if (!response && stale && !request.stream) {
        response = co_await state->call(request, text_bytes_max, true, stale);
    }
    co_return response;
}

/// `stale`: the connection had been used before and ended without a byte of an answer.
Task<Result<ClientResponse>> Client::State::call(ClientRequest& request,
                                                 std::uint64_t text_bytes_max,
                                                 bool fresh,
                                                 bool& stale) {
    CO_TRY(OwnedConnection connection, co_await acquire(fresh));
    const bool is_reused = connection->is_reusable();
    busy.push_back(*connection);
    auto response = co_await connection->exchange(request, text_bytes_max);
    connection->unlink();
    stale = !response && is_reused && !connection->has_heard() &&
            response.error().code == ErrorCode::Closed && !closed;
    release(std::move(connection));
    co_return response;
}

Task<Result<Client::State::OwnedConnection>> Client::State::acquire(bool fresh) {
    while (true) {
        if (closed) {
            co_return fail(ErrorCode::Closed,
                           fmt::format("the client for {} is closed", options.address));
        }
        if (fresh) {
            open -= idle.size();
            idle.clear();
        }
        if (OwnedConnection connection = take_idle()) {
            co_return connection;
        }
        if (open < options.connections_max) {
            break;
        }
        const runtime::OneShot<bool> turn;
        waiting.push_back(turn);
        co_await turn.wait();
    }
    ++open;
    auto stream = co_await runtime::connect(
        network, options.address, options.connect, options.connect_timeout);
    if (!stream || closed) {
        release(nullptr);
        co_return stream ? fail(ErrorCode::Closed, "the client was closed")
                         : fail(std::move(stream).error());
    }
    co_return std::make_unique<Connection>(
        std::move(*stream), options.address, options.idle_timeout);
}

Client::State::OwnedConnection Client::State::take_idle() {
    const runtime::Instant now = runtime::Executor::current().now();
    if (!idle.empty() && now - idle.back()->idle_since > kIdleAgeMax) {
        // The others have been idle for even longer.
        open -= idle.size();
        idle.clear();
    }
    if (idle.empty()) {
        return nullptr;
    }
    OwnedConnection connection = std::move(idle.back());
    idle.pop_back();
    return connection;
}

/// Gives a place back, with its connection if that can be used again.
void Client::State::release(OwnedConnection connection) {
    if (connection && connection->is_reusable() && !closed) {
        connection->idle_since = runtime::Executor::current().now();
        idle.push_back(std::move(connection));
    } else {
        --open;
    }
    if (!waiting.empty()) {
        waiting.front().set(true);
        waiting.pop_front();
    }
}

}  // namespace antipode::http

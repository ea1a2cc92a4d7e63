#include "runtime/sim_host.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>

#include "base/check.h"
#include "base/units.h"
#include "runtime/deadline.h"
#include "runtime/one_shot.h"
#include "runtime/signal.h"
#include "runtime/sleep.h"

namespace antipode::runtime {

namespace {

constexpr std::size_t kPipeBytesMax = 256 * kKiB;  // What TCP would have under way and unread.
constexpr std::size_t kPieceBytesMax = 16 * kKiB;
constexpr std::size_t kBacklogMax = 128;
constexpr std::uint16_t kFirstEphemeralPort = 30000;

/// One direction of a stream.
struct Pipe {
    std::string from;
    std::string to;
    Instant last_arrival{};
    std::deque<Bytes> held;      // Has arrived at a cut.
    std::deque<Bytes> readable;  // Has arrived.
    std::size_t bytes = 0;       // Under way, held and readable.
    bool is_ended = false;       // FIN has arrived.
    bool is_reset = false;
    Signal changed;
};

using PipePtr = std::shared_ptr<Pipe>;

struct Connection {
    std::string client;
    std::string server;
    PipePtr up = std::make_shared<Pipe>();    // Client to server.
    PipePtr down = std::make_shared<Pipe>();  // Server to client.
};

void reset(Pipe& pipe) {
    pipe.is_reset = true;
    pipe.changed.raise();
}

struct Door {
    std::string host;
    std::deque<std::shared_ptr<Connection>> waiting;
    bool is_closed = false;
    Signal changed;
};

}  // namespace

struct SimNetwork::State : std::enable_shared_from_this<SimNetwork::State> {
    explicit State(SimExecutor& sim) : executor(sim) {}

    [[nodiscard]] SimLine line(const std::string& from, const std::string& to) const {
        const auto found = lines.find(std::pair(from, to));
        return found == lines.end() ? SimLine{} : found->second;
    }

    /// When something sent now arrives.
    Instant arrival(Pipe& pipe) {
        const SimLine it = line(pipe.from, pipe.to);
        Duration delay = it.delay;
        if (it.jitter > Duration::zero()) {
            delay += Duration(static_cast<std::int64_t>(
                executor.random() % static_cast<std::uint64_t>(it.jitter.count())));
        }
        pipe.last_arrival = std::max(pipe.last_arrival, executor.now() + delay);
        return pipe.last_arrival;
    }

    /// An empty piece is the end.
    void send(const PipePtr& pipe, Bytes piece) {
        pipe->bytes += piece.size();
        executor.post_after(arrival(*pipe) - executor.now(),
                            [self = shared_from_this(), pipe, piece = std::move(piece)]() mutable {
                                self->arrive(*pipe, std::move(piece));
                            });
    }

    void arrive(Pipe& pipe, Bytes piece) const {
        if (line(pipe.from, pipe.to).is_cut || !pipe.held.empty()) {
            pipe.held.push_back(std::move(piece));
            return;
        }
        deliver(pipe, std::move(piece));
    }

    static void deliver(Pipe& pipe, Bytes piece) {
        if (piece.empty()) {
            pipe.is_ended = true;
        } else {
            pipe.readable.push_back(std::move(piece));
        }
        pipe.changed.raise();
    }

    void release_held(const std::string& from, const std::string& to) const {
        for (const std::weak_ptr<Connection>& weak : connections) {
            const auto connection = weak.lock();
            if (!connection) {
                continue;
            }
            for (const PipePtr& pipe : {connection->up, connection->down}) {
                while (pipe->from == from && pipe->to == to && !pipe->held.empty()) {
                    Bytes piece = std::move(pipe->held.front());
                    pipe->held.pop_front();
                    deliver(*pipe, std::move(piece));
                }
            }
        }
    }

    SimExecutor& executor;
    std::map<std::pair<std::string, std::string>, SimLine> lines;
    std::map<std::string, std::shared_ptr<Door>> doors;  // By address.
    std::vector<std::weak_ptr<Connection>> connections;
    std::uint16_t next_port = kFirstEphemeralPort;
};

namespace {

/// One end of a connection.
class SimStream final : public Stream {
  public:
    SimStream(std::shared_ptr<SimNetwork::State> state,
              std::shared_ptr<Connection> connection,
              bool is_client,
              Executor& executor)
        : state_(std::move(state)),
          connection_(std::move(connection)),
          in_(is_client ? connection_->down : connection_->up),
          out_(is_client ? connection_->up : connection_->down),
          executor_(executor) {}

    ~SimStream() override { close(); }

    Task<Result<std::size_t>> read_some(MutableByteView into) override {
        const PipePtr in = in_;
        while (true) {
            const std::uint64_t seen = in->changed.count();
            if (in->is_reset) {
                co_return fail(ErrorCode::Closed, "connection reset");
            }
            if (!in->readable.empty()) {
                co_return take(*in, into);
            }
            if (in->is_ended) {
                co_return std::size_t{0};
            }
            const Instant start = executor_.now();
            co_await in->changed.wait_beyond(seen, idle_);
            if (in->changed.count() == seen && executor_.now() - start >= idle_) {
                co_return fail(ErrorCode::Timeout, "nothing was read for too long");
            }
        }
    }

    Task<Result<void>> write_all(std::vector<ByteView> pieces) override {
        const PipePtr out = out_;
        for (ByteView piece : pieces) {
            while (!piece.empty()) {
                CO_TRY_VOID(co_await wait_for_room(out));
                const ByteView part = piece.first(std::min(piece.size(), kPieceBytesMax));
                state_->send(out, Bytes(part.begin(), part.end()));
                piece = piece.subspan(part.size());
            }
        }
        co_return Result<void>{};
    }

    void shutdown_write() override {
        if (!is_shut_ && !out_->is_reset) {
            is_shut_ = true;
            state_->send(out_, {});
        }
    }

    void close() override {
        if (is_closed_) {
            return;
        }
        is_closed_ = true;
        shutdown_write();
        reset(*in_);
    }

    void set_idle_timeout(Duration idle) override { idle_ = idle; }

    [[nodiscard]] std::string peer_address() const override {
        return (in_ == connection_->up ? connection_->client : connection_->server) + ":1";
    }

    [[nodiscard]] bool is_tls() const override { return false; }

    [[nodiscard]] Executor& executor() override { return executor_; }

  private:
    static std::size_t take(Pipe& pipe, MutableByteView into) {
        Bytes& front = pipe.readable.front();
        const std::size_t count = std::min(front.size(), into.size());
        std::memcpy(into.data(), front.data(), count);
        front.erase(front.begin(), front.begin() + static_cast<std::ptrdiff_t>(count));
        if (front.empty()) {
            pipe.readable.pop_front();
        }
        pipe.bytes -= count;
        pipe.changed.raise();
        return count;
    }

    Task<Result<void>> wait_for_room(PipePtr out) {
        while (true) {
            const std::uint64_t seen = out->changed.count();
            if (out->is_reset || is_closed_) {
                co_return fail(ErrorCode::Closed, "connection reset");
            }
            if (out->bytes < kPipeBytesMax) {
                co_return Result<void>{};
            }
            const Instant start = executor_.now();
            co_await out->changed.wait_beyond(seen, idle_);
            if (out->changed.count() == seen && executor_.now() - start >= idle_) {
                co_return fail(ErrorCode::Timeout, "nothing was written for too long");
            }
        }
    }

    std::shared_ptr<SimNetwork::State> state_;
    std::shared_ptr<Connection> connection_;
    PipePtr in_;
    PipePtr out_;
    Executor& executor_;
    Duration idle_ = std::chrono::hours(1);
    bool is_shut_ = false;
    bool is_closed_ = false;
};

class SimListener final : public Listener {
  public:
    SimListener(std::shared_ptr<SimNetwork::State> state,
                std::string address,
                std::shared_ptr<Door> door,
                Executor& executor)
        : state_(std::move(state)),
          address_(std::move(address)),
          door_(std::move(door)),
          executor_(executor) {}

    ~SimListener() override { close(); }

    Task<Result<std::unique_ptr<Stream>>> accept() override {
        const std::shared_ptr<Door> door = door_;
        while (true) {
            const std::uint64_t seen = door->changed.count();
            if (door->is_closed) {
                co_return fail(ErrorCode::Closed, "the listener is closed");
            }
            if (!door->waiting.empty()) {
                std::shared_ptr<Connection> next = std::move(door->waiting.front());
                door->waiting.pop_front();
                co_return std::make_unique<SimStream>(state_, std::move(next), false, executor_);
            }
            co_await door->changed.wait_beyond(seen, std::chrono::hours(1));
        }
    }

    void close() override {
        door_->is_closed = true;
        door_->changed.raise();
        const auto found = state_->doors.find(address_);
        if (found != state_->doors.end() && found->second == door_) {
            state_->doors.erase(found);
        }
    }

    [[nodiscard]] std::string local_address() const override { return address_; }

  private:
    std::shared_ptr<SimNetwork::State> state_;
    std::string address_;
    std::shared_ptr<Door> door_;
    Executor& executor_;
};

}  // namespace

SimNetwork::SimNetwork(SimExecutor& executor) : state_(std::make_shared<State>(executor)) {}

SimNetwork::~SimNetwork() = default;

void SimNetwork::set_line(const std::string& from, const std::string& to, SimLine line) {
    state_->lines.insert_or_assign(std::pair(from, to), line);
    if (!line.is_cut) {
        state_->release_held(from, to);
    }
}

SimLine SimNetwork::line(const std::string& from, const std::string& to) const {
    return state_->line(from, to);
}

void SimNetwork::reset_host(const std::string& name) {
    for (auto& [address, door] : state_->doors) {
        if (door->host == name) {
            door->is_closed = true;
            door->changed.raise();
        }
    }
    std::erase_if(state_->doors, [](const auto& entry) { return entry.second->is_closed; });
    for (const std::weak_ptr<Connection>& weak : state_->connections) {
        const auto connection = weak.lock();
        if (!connection || (connection->client != name && connection->server != name)) {
            continue;
        }
        const bool is_client = connection->client == name;
        const PipePtr here = is_client ? connection->down : connection->up;
        const PipePtr there = is_client ? connection->up : connection->down;
        reset(*here);
        const SimLine line = state_->line(there->from, there->to);
        // Nobody tells the other end through a cut line; it finds out by its own patience.
        if (!line.is_cut) {
            state_->executor.post_after(line.delay, [there] { reset(*there); });
        }
    }
}

/// The simulator's executor with a host's own civil time; work runs as this executor's.
class SimHost::HostExecutor final : public Executor {
  public:
    explicit HostExecutor(SimExecutor& sim) : sim_(sim) {}

    void post(Work work) override { sim_.post(here(std::move(work))); }

    TimerId post_after(Duration delay, Work work) override {
        return sim_.post_after(delay, here(std::move(work)));
    }

    void cancel(TimerId timer) override { sim_.cancel(timer); }

    [[nodiscard]] Instant now() const override { return sim_.now(); }

    [[nodiscard]] WallTime wall_now() const override { return sim_.wall_now() + offset; }

    std::uint64_t random() override { return sim_.random(); }

    std::uint64_t entropy() override { return sim_.entropy(); }

    std::chrono::milliseconds offset{};

  private:
    Work here(Work work) {
        return [this, work = std::move(work)]() mutable {
            const Scope scope(*this);
            work();
        };
    }

    SimExecutor& sim_;
};

class SimHost::HostNetwork final : public Network {
  public:
    HostNetwork(std::string name, std::shared_ptr<SimNetwork::State> state, Executor& executor)
        : name_(std::move(name)), state_(std::move(state)), executor_(executor) {}

    Result<std::unique_ptr<Listener>> listen(const std::string& address,
                                             const TlsFiles& tls) override {
        CHECK(tls.certificate_file.empty());
        CHECK(address.starts_with(name_ + ":"));
        const auto door = std::make_shared<Door>();
        door->host = name_;
        if (!state_->doors.emplace(address, door).second) {
            return fail(ErrorCode::Io, address + " is in use");
        }
        return std::make_unique<SimListener>(state_, address, door, executor_);
    }

    Task<Result<std::unique_ptr<Stream>>> connect(std::string address,
                                                  bool tls,
                                                  Duration patience) override {
        CHECK(!tls);
        const std::string host = address.substr(0, address.rfind(':'));
        const SimLine there = state_->line(name_, host);
        const SimLine back = state_->line(host, name_);
        if (there.is_cut || back.is_cut) {
            co_await sleep_for(patience);
            co_return fail(ErrorCode::Timeout, address + " does not answer");
        }
        co_await sleep_for(there.delay + back.delay);
        const auto found = state_->doors.find(address);
        if (found == state_->doors.end() || found->second->waiting.size() >= kBacklogMax) {
            co_return fail(ErrorCode::Unavailable, "nobody listens at " + address);
        }
        auto connection = std::make_shared<Connection>();
        connection->client = name_;
        connection->server = host;
        connection->up->from = connection->down->to = name_;
        connection->up->to = connection->down->from = host;
        std::erase_if(state_->connections, [](const auto& weak) { return weak.expired(); });
        state_->connections.push_back(connection);
        found->second->waiting.push_back(connection);
        found->second->changed.raise();
        co_return std::make_unique<SimStream>(state_, std::move(connection), true, executor_);
    }

  private:
    std::string name_;
    std::shared_ptr<SimNetwork::State> state_;
    Executor& executor_;
};

SimHost::SimHost(std::string name, SimExecutor& executor, SimNetwork& network)
    : name_(std::move(name)),
      executor_(std::make_unique<HostExecutor>(executor)),
      network_(std::make_unique<HostNetwork>(name_, network.state_, *executor_)) {}

SimHost::~SimHost() = default;

Executor& SimHost::executor(std::size_t index) {
    CHECK(index == 0);
    return *executor_;
}

Network& SimHost::network(std::size_t index) {
    CHECK(index == 0);
    return *network_;
}

void SimHost::jump_wall_clock(std::chrono::milliseconds by) {
    executor_->offset += by;
}

}  // namespace antipode::runtime

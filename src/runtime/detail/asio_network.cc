#include "runtime/detail/asio_network.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>

#include "base/check.h"
#include "runtime/deadline.h"
#include "runtime/detail/asio_stream.h"
#include "runtime/detail/tls_context.h"
#include "runtime/link_network.h"

namespace antipode::runtime {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct HostPort {
    std::string host;
    std::string port;
};

Result<HostPort> split(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
        return fail(ErrorCode::InvalidArgument, fmt::format("'{}' is not host:port", address));
    }
    HostPort parts{.host = address.substr(0, colon), .port = address.substr(colon + 1)};
    if (parts.host.starts_with('[') && parts.host.ends_with(']')) {
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    } else if (parts.host.find(':') != std::string::npos) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("'{}': an IPv6 host goes into brackets", address));
    }
    return parts;
}

Result<std::uint16_t> parse_port(const std::string& text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size()) {
        return fail(ErrorCode::InvalidArgument, fmt::format("'{}' is not a port", text));
    }
    return port;
}

// Newer than the C library's headers (Linux 6.15).
constexpr int kTcpRtoMaxMs = 44;
constexpr int kRetryMsMax = 1000;

/// What the kernel does not have is left out.
void retry_each_second(tcp::socket& socket) {
    ::setsockopt(
        socket.native_handle(), IPPROTO_TCP, kTcpRtoMaxMs, &kRetryMsMax, sizeof kRetryMsMax);
}

// What is written and cannot be sent yet: enough for the kernel to be busy until the next write.
// Without it a client that reads slowly has megabytes in the kernel's memory, and takes so long for
// the third of them that the kernel reports as room again that it looks as if it had gone.
constexpr int kUnsentBytesMax = 512 * 1024;

void keep_little_unsent(tcp::socket& socket) {
    ::setsockopt(socket.native_handle(),
                 IPPROTO_TCP,
                 TCP_NOTSENT_LOWAT,
                 &kUnsentBytesMax,
                 sizeof kUnsentBytesMax);
}

void apply(const ConnectOptions& options, tcp::socket& socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (!options.congestion.empty()) {
        ::setsockopt(socket.native_handle(),
                     IPPROTO_TCP,
                     TCP_CONGESTION,
                     options.congestion.data(),
                     static_cast<socklen_t>(options.congestion.size()));
    }
    if (options.retries_each_second) {
        retry_each_second(socket);
    }
}

class AsioListener final : public Listener {
  public:
    AsioListener(IoLoops& loops, tcp::acceptor acceptor, std::unique_ptr<TlsContexts> tls)
        : loops_(loops), acceptor_(std::move(acceptor)), tls_(std::move(tls)) {
        error_code ignored;
        local_ = to_text(acceptor_.local_endpoint(ignored));
    }

    ~AsioListener() override { CHECK(!accepting_); }

    Task<Result<std::unique_ptr<Stream>>> accept() override {
        CHECK(!accepting_);
        while (acceptor_.is_open()) {
            IoLoop& target = *loops_.loops[loops_.next_index()];
            tcp::socket socket(target.io());
            accepting_ = true;
            AsioOperation operation([&](auto handler) { acceptor_.async_accept(socket, handler); });
            const auto outcome = co_await operation;
            accepting_ = false;
            if (!outcome.error) {
                co_return wrap(target, std::move(socket));
            }
            if (outcome.error != asio::error::connection_aborted && acceptor_.is_open()) {
                co_return fail(
                    ErrorCode::Io,
                    fmt::format("cannot accept on {}: {}", local_, outcome.error.message()));
            }
        }
        co_return fail(ErrorCode::Closed, fmt::format("the listener on {} is closed", local_));
    }

    void close() override {
        error_code ignored;
        acceptor_.close(ignored);
    }

    [[nodiscard]] std::string local_address() const override { return local_; }

  private:
    Result<std::unique_ptr<Stream>> wrap(IoLoop& target, tcp::socket socket) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        if (tls_) {
            TRY(TlsContext context, tls_->current());
            TlsRole role{.side = asio::ssl::stream_base::server, .peer_name = {}, .sni = {}};
            if (tls_->is_mutual()) {
                // Only peers come in here, and edges: over lines that are long and lose.
                apply({.congestion = "bbr", .retries_each_second = true}, socket);
            } else {
                keep_little_unsent(socket);
            }
            return make_tls_stream(target, std::move(socket), std::move(context), std::move(role));
        }
        keep_little_unsent(socket);
        return make_plain_stream(target, std::move(socket));
    }

    IoLoops& loops_;
    tcp::acceptor acceptor_;
    std::unique_ptr<TlsContexts> tls_;  ///< Null: no TLS.
    std::string local_;
    bool accepting_ = false;
};

class AsioNetwork final : public Network, public LinkNetwork {
  public:
    AsioNetwork(IoLoops& loops, IoLoop& loop) : loops_(loops), loop_(loop) {}

    Result<std::unique_ptr<Listener>> listen(const std::string& address,
                                             const TlsFiles& tls) override {
        return listen(address, LinkTls{.own = tls, .trusted_file = {}});
    }

    Task<Result<std::unique_ptr<Stream>>> connect(std::string address,
                                                  bool tls,
                                                  Duration patience) override {
        ConnectOptions options{.tls = tls};
        return connect(std::move(address), std::move(options), patience);
    }

    Result<std::unique_ptr<Listener>> listen(const std::string& address,
                                             const LinkTls& tls) override {
        TRY(const HostPort parts, split(address));
        error_code error;
        tcp::resolver resolver(loop_.io());
        const auto found = resolver.resolve(parts.host, parts.port, tcp::resolver::passive, error);
        if (error) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("cannot listen on {}: {}", address, error.message()));
        }
        std::unique_ptr<TlsContexts> contexts;
        if (!tls.own.certificate_file.empty()) {
            contexts = std::make_unique<TlsContexts>(tls, TlsSide::Server);
            TRY_VOID(contexts->current());
        }
        tcp::acceptor acceptor(loop_.io());
        open(acceptor, found.begin()->endpoint(), error);
        if (error) {
            return fail(ErrorCode::Io,
                        fmt::format("cannot listen on {}: {}", address, error.message()));
        }
        return std::make_unique<AsioListener>(loops_, std::move(acceptor), std::move(contexts));
    }

    Task<Result<std::unique_ptr<Stream>>> connect(std::string address,
                                                  ConnectOptions options,
                                                  Duration patience) override {
        const Instant deadline = loop_.now() + patience;
        CO_TRY(const HostPort parts, split(address));
        CO_TRY(const tcp::resolver::results_type found, co_await resolve(parts, patience));

        tcp::socket socket(loop_.io());
        bool timed_out = false;
        const TimerGuard timer(loop_, deadline - loop_.now(), [&] {
            timed_out = true;
            error_code ignored;
            socket.close(ignored);
        });
        AsioOperation operation([&](auto handler) { asio::async_connect(socket, found, handler); });
        const auto outcome = co_await operation;
        if (timed_out) {
            co_return fail(ErrorCode::Timeout, fmt::format("no connection to {} in time", address));
        }
        if (outcome.error) {
            co_return fail(
                ErrorCode::Unavailable,
                fmt::format("cannot connect to {}: {}", address, outcome.error.message()));
        }
        apply(options, socket);
        if (options.tls) {
            CO_TRY(TlsContext context, client_contexts(options.credentials).current());
            const bool is_checked = options.credentials.is_mutual();
            TlsRole role{.side = asio::ssl::stream_base::client,
                         .peer_name = is_checked ? options.peer_name : "",
                         .sni = parts.host};
            co_return make_tls_stream(
                loop_, std::move(socket), std::move(context), std::move(role));
        }
        co_return make_plain_stream(loop_, std::move(socket));
    }

  private:
    /// A timer that ends with its scope.
    class TimerGuard {
      public:
        TimerGuard(IoLoop& loop, Duration delay, Work work)
            : loop_(loop), id_(loop.post_after(delay, std::move(work))) {}

        ~TimerGuard() { loop_.cancel(id_); }

        TimerGuard(const TimerGuard&) = delete;
        TimerGuard& operator=(const TimerGuard&) = delete;

      private:
        IoLoop& loop_;
        Executor::TimerId id_;
    };

    static void open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, error_code& error) {
        acceptor.open(endpoint.protocol(), error);
        if (!error) {
            acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        }
        if (!error && endpoint.address().is_v6()) {
            acceptor.set_option(asio::ip::v6_only(true), error);
        }
        if (!error) {
            acceptor.bind(endpoint, error);
        }
        if (!error) {
            acceptor.listen(tcp::acceptor::max_listen_connections, error);
        }
    }

    /// A name service that hangs holds up Asio's helper thread, but not the caller.
    Task<Result<tcp::resolver::results_type>> resolve(const HostPort& parts, Duration patience) {
        using Found = Result<tcp::resolver::results_type>;
        error_code not_numeric;
        const asio::ip::address address = asio::ip::make_address(parts.host, not_numeric);
        if (!not_numeric) {
            CO_TRY(const std::uint16_t port, parse_port(parts.port));
            co_return tcp::resolver::results_type::create(
                tcp::endpoint(address, port), parts.host, parts.port);
        }
        OneShot<Found> answer;
        auto resolver = std::make_shared<tcp::resolver>(loop_.io());
        resolver->async_resolve(
            parts.host,
            parts.port,
            [answer, resolver](const error_code& error, tcp::resolver::results_type found) {
                answer.set(error ? Found(fail(ErrorCode::Unavailable,
                                              fmt::format("no such host: {}", error.message())))
                                 : Found(std::move(found)));
            });
        co_return co_await wait_for(answer, patience);
    }

    TlsContexts& client_contexts(const LinkTls& files) {
        auto& contexts = client_contexts_[files.own.certificate_file + '\n' + files.trusted_file];
        if (!contexts) {
            contexts = std::make_unique<TlsContexts>(files, TlsSide::Client);
        }
        return *contexts;
    }

    IoLoops& loops_;
    IoLoop& loop_;
    /// By files; there are as many as an operator has configured.
    std::map<std::string, std::unique_ptr<TlsContexts>> client_contexts_;
};

}  // namespace

std::unique_ptr<Network> make_asio_network(IoLoops& loops, IoLoop& loop) {
    return std::make_unique<AsioNetwork>(loops, loop);
}

}  // namespace antipode::runtime

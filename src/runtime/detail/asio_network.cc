#include "runtime/detail/asio_network.h"

#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/ssl/context.hpp>
#include <fmt/format.h>

#include "base/check.h"
#include "runtime/deadline.h"
#include "runtime/detail/asio_stream.h"

namespace antipode::runtime {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsContext = std::shared_ptr<asio::ssl::context>;

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

Result<TlsContext> server_context(const TlsFiles& files) {
    // Asio tells by exceptions here; they end in this adapter.
    try {
        auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
        context->set_options(asio::ssl::context::default_workarounds |
                             asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
        context->use_certificate_chain_file(files.certificate_file);
        context->use_private_key_file(files.key_file, asio::ssl::context::pem);
        return context;
    } catch (const boost::system::system_error& error) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("cannot use certificate {} with key {}: {}",
                                files.certificate_file,
                                files.key_file,
                                error.what()));
    }
}

class AsioListener final : public Listener {
  public:
    AsioListener(IoLoops& loops, tcp::acceptor acceptor, TlsContext tls)
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
    std::unique_ptr<Stream> wrap(IoLoop& target, tcp::socket socket) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        if (tls_) {
            return make_tls_stream(
                target, std::move(socket), tls_, asio::ssl::stream_base::server, "");
        }
        return make_plain_stream(target, std::move(socket));
    }

    IoLoops& loops_;
    tcp::acceptor acceptor_;
    TlsContext tls_;
    std::string local_;
    bool accepting_ = false;
};

class AsioNetwork final : public Network {
  public:
    AsioNetwork(IoLoops& loops, IoLoop& loop) : loops_(loops), loop_(loop) {}

    Result<std::unique_ptr<Listener>> listen(const std::string& address,
                                             const TlsFiles& tls) override {
        TRY(const HostPort parts, split(address));
        error_code error;
        tcp::resolver resolver(loop_.io());
        const auto found = resolver.resolve(parts.host, parts.port, tcp::resolver::passive, error);
        if (error) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("cannot listen on {}: {}", address, error.message()));
        }
        TlsContext context;
        if (!tls.certificate_file.empty()) {
            TRY(context, server_context(tls));
        }
        tcp::acceptor acceptor(loop_.io());
        open(acceptor, found.begin()->endpoint(), error);
        if (error) {
            return fail(ErrorCode::Io,
                        fmt::format("cannot listen on {}: {}", address, error.message()));
        }
        return std::make_unique<AsioListener>(loops_, std::move(acceptor), std::move(context));
    }

    Task<Result<std::unique_ptr<Stream>>> connect(std::string address,
                                                  bool tls,
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
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        if (tls) {
            co_return make_tls_stream(loop_,
                                      std::move(socket),
                                      client_context(),
                                      asio::ssl::stream_base::client,
                                      parts.host);
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

    // Peers prove who they are by the link's own handshake; checking certificates comes with the
    // option for it.
    TlsContext client_context() {
        if (!client_context_) {
            client_context_ = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
            client_context_->set_verify_mode(asio::ssl::verify_none);
        }
        return client_context_;
    }

    IoLoops& loops_;
    IoLoop& loop_;
    TlsContext client_context_;
};

}  // namespace

std::unique_ptr<Network> make_asio_network(IoLoops& loops, IoLoop& loop) {
    return std::make_unique<AsioNetwork>(loops, loop);
}

}  // namespace antipode::runtime

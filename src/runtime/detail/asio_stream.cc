#include "runtime/detail/asio_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <fmt/format.h>

#include "base/check.h"
#include "runtime/link_network.h"

namespace antipode::runtime {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using TlsSocket = asio::ssl::stream<tcp::socket>;

/// What is left of a gathered write.
class Remaining {
  public:
    explicit Remaining(const std::vector<ByteView>& pieces) : pieces_(pieces) { skip_empty(); }

    [[nodiscard]] bool empty() const { return index_ == pieces_.size(); }

    void consume(std::size_t count) {
        while (count > 0) {
            const std::size_t step = std::min(count, pieces_[index_].size() - offset_);
            offset_ += step;
            count -= step;
            skip_empty();
        }
    }

    using Buffers = std::array<asio::const_buffer, 16>;

    /// As many pieces as one call takes; unused places are empty buffers.
    [[nodiscard]] Buffers buffers() const {
        Buffers buffers;
        std::size_t offset = offset_;
        for (std::size_t i = 0; i < buffers.size() && index_ + i < pieces_.size(); ++i) {
            const ByteView piece = pieces_[index_ + i].subspan(offset);
            buffers[i] = asio::const_buffer(piece.data(), piece.size());
            offset = 0;
        }
        return buffers;
    }

  private:
    void skip_empty() {
        while (index_ < pieces_.size() && offset_ == pieces_[index_].size()) {
            ++index_;
            offset_ = 0;
        }
    }

    const std::vector<ByteView>& pieces_;
    std::size_t index_ = 0;
    std::size_t offset_ = 0;
};

/// What plain and TLS connections have in common: the idle limit and the end.
class AsioStreamBase : public Stream, public IdleWheel::Entry {
  public:
    AsioStreamBase(IoLoop& loop, const tcp::socket& socket) : loop_(loop) {
        error_code error;
        const tcp::endpoint peer = socket.remote_endpoint(error);
        peer_ = error ? "unknown" : to_text(peer);
    }

    void set_idle_timeout(Duration idle) override { loop_.idle_wheel().watch(*this, idle); }

    [[nodiscard]] std::string peer_address() const override { return peer_; }

    [[nodiscard]] Executor& executor() override { return loop_; }

    void close() override {
        if (!closed_) {
            closed_ = true;
            error_code ignored;
            socket().close(ignored);
        }
    }

    void shutdown_write() override {
        error_code ignored;
        socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

  protected:
    virtual tcp::socket& socket() = 0;

    /// Awaits `start` as the pending read (or write) of this stream, and counts the bytes as a sign
    /// of life.
    template <typename Start>
    Task<Result<std::size_t>> run(bool& pending, Start start) {
        CHECK(!pending);
        if (closed_) {
            co_return fail(ErrorCode::Closed, fmt::format("the connection to {} is closed", peer_));
        }
        loop_.idle_wheel().moved(*this);
        timed_out_ = false;
        pending = true;
        AsioOperation<Start> operation(std::move(start));
        const auto outcome = co_await operation;
        pending = false;
        loop_.idle_wheel().moved(*this);
        if (outcome.error == asio::error::eof) {
            co_return std::size_t{0};
        }
        if (outcome.error) {
            co_return fail(to_error(outcome.error, timed_out_, peer_));
        }
        co_return outcome.count;
    }

    void check_nothing_pending() const { CHECK(!reading_ && !writing_); }

    IoLoop& loop_;
    bool reading_ = false;
    bool writing_ = false;

  private:
    void timed_out() override {
        timed_out_ = true;
        error_code ignored;
        socket().cancel(ignored);
    }

    [[nodiscard]] bool is_waiting() const override { return reading_ || writing_; }

    std::string peer_;
    bool closed_ = false;
    bool timed_out_ = false;
};

class PlainStream final : public AsioStreamBase {
  public:
    PlainStream(IoLoop& loop, tcp::socket socket)
        : AsioStreamBase(loop, socket), socket_(std::move(socket)) {
        error_code ignored;
        socket_.non_blocking(true, ignored);
    }

    ~PlainStream() override { check_nothing_pending(); }

    Task<Result<std::size_t>> read_some(MutableByteView into) override {
        return run(reading_, [this, into](auto handler) {
            socket_.async_read_some(asio::mutable_buffer(into.data(), into.size()), handler);
        });
    }

    Task<Result<void>> write_all(std::vector<ByteView> pieces) override {
        Remaining remaining(pieces);
        while (!remaining.empty()) {
            // Nearly every answer fits into the socket's buffer: then there is nothing to wait for.
            error_code error;
            std::size_t count = socket_.write_some(remaining.buffers(), error);
            if (error) {
                auto start = [this, &remaining](auto handler) {
                    socket_.async_write_some(remaining.buffers(), handler);
                };
                CO_TRY(count, co_await run(writing_, start));
            }
            remaining.consume(count);
        }
        loop_.idle_wheel().moved(*this);
        co_return Result<void>();
    }

    [[nodiscard]] bool is_tls() const override { return false; }

  protected:
    tcp::socket& socket() override { return socket_; }

  private:
    tcp::socket socket_;
};

class TlsStream final : public AsioStreamBase, public CertifiedStream {
  public:
    TlsStream(IoLoop& loop,
              tcp::socket socket,
              std::shared_ptr<asio::ssl::context> context,
              TlsRole role)
        : AsioStreamBase(loop, socket),
          context_(std::move(context)),
          socket_(std::move(socket), *context_),
          side_(role.side),
          expected_name_(std::move(role.peer_name)) {
        if (!role.sni.empty()) {
            SSL_set_tlsext_host_name(socket_.native_handle(), role.sni.c_str());
        }
    }

    ~TlsStream() override { check_nothing_pending(); }

    Task<Result<std::size_t>> read_some(MutableByteView into) override {
        CO_TRY_VOID(co_await shake_hands());
        co_return co_await run(reading_, [this, into](auto handler) {
            socket_.async_read_some(asio::mutable_buffer(into.data(), into.size()), handler);
        });
    }

    Task<Result<void>> write_all(std::vector<ByteView> pieces) override {
        CO_TRY_VOID(co_await shake_hands());
        // One record for head and body of a small answer; a record takes 16 KiB at most.
        constexpr std::size_t kRecord = 16 * 1024;
        std::size_t size = 0;
        for (const ByteView piece : pieces) {
            size += piece.size();
        }
        if (pieces.size() > 1 && size <= kRecord) {
            joined_.clear();
            for (const ByteView piece : pieces) {
                append(joined_, piece);
            }
            pieces.assign(1, joined_);
        }
        Remaining remaining(pieces);
        while (!remaining.empty()) {
            const asio::const_buffer first = remaining.buffers().front();
            auto start = [this, first](auto handler) { socket_.async_write_some(first, handler); };
            CO_TRY(const std::size_t count, co_await run(writing_, start));
            remaining.consume(count);
        }
        co_return Result<void>();
    }

    [[nodiscard]] bool is_tls() const override { return true; }

    [[nodiscard]] const std::string& certified_name() const override { return peer_name_; }

  protected:
    tcp::socket& socket() override { return socket_.next_layer(); }

  private:
    Task<Result<void>> shake_hands() {
        if (!is_ready_) {
            auto start = [this](auto handler) { socket_.async_handshake(side_, handler); };
            CO_TRY_VOID(co_await run(reading_, start));
            peer_name_ = verified_name(socket_.native_handle());
            if (!expected_name_.empty() && peer_name_ != expected_name_) {
                close();
                co_return fail(ErrorCode::AccessDenied,
                               fmt::format("the certificate at {} is of '{}', not of '{}'",
                                           peer_address(),
                                           peer_name_,
                                           expected_name_));
            }
            is_ready_ = true;
        }
        co_return Result<void>();
    }

    /// The common name in a certificate that was checked against those we trust.
    static std::string verified_name(SSL* ssl) {
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            SSL_get1_peer_certificate(ssl), X509_free);
        const bool was_checked = (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0;
        if (!certificate || !was_checked || SSL_get_verify_result(ssl) != X509_V_OK) {
            return {};
        }
        std::array<char, 128> name{};
        const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()),
                                                   NID_commonName,
                                                   name.data(),
                                                   static_cast<int>(name.size()));
        return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : "";
    }

    std::shared_ptr<asio::ssl::context> context_;
    TlsSocket socket_;
    TlsSocket::handshake_type side_;
    std::string expected_name_;
    std::string peer_name_;
    bool is_ready_ = false;
    Bytes joined_;
};

}  // namespace

std::string to_text(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                      : fmt::format("{}:{}", host, endpoint.port());
}

Error to_error(const error_code& error, bool timed_out, const std::string& peer) {
    if (timed_out || error == asio::error::timed_out) {
        return {ErrorCode::Timeout,
                fmt::format("nothing moved between us and {} for too long", peer)};
    }
    return {ErrorCode::Closed, fmt::format("connection with {}: {}", peer, error.message())};
}

std::unique_ptr<Stream> make_plain_stream(IoLoop& loop, tcp::socket socket) {
    return std::make_unique<PlainStream>(loop, std::move(socket));
}

std::unique_ptr<Stream> make_tls_stream(IoLoop& loop,
                                        tcp::socket socket,
                                        std::shared_ptr<asio::ssl::context> context,
                                        TlsRole role) {
    return std::make_unique<TlsStream>(
        loop, std::move(socket), std::move(context), std::move(role));
}

}  // namespace antipode::runtime

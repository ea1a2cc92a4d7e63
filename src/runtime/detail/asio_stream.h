#pragma once

#include <coroutine>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>

#include "base/result.h"
#include "runtime/detail/io_loop.h"
#include "runtime/network.h"

namespace antipode::runtime {

/// Starts an Asio operation when awaited and resumes inside its handler: no allocation of ours, no
/// second queue. `Start` is called with the handler, which takes (error_code) or (error_code,
/// count).
template <typename Start>
class AsioOperation {
  public:
    explicit AsioOperation(Start start) : start_(std::move(start)) {}

    AsioOperation(const AsioOperation&) = delete;
    AsioOperation& operator=(const AsioOperation&) = delete;

    struct Handler {
        AsioOperation* operation;

        void operator()(const boost::system::error_code& error, std::size_t count = 0) const {
            operation->outcome_ = {error, count};
            operation->awaiting_.resume();
        }

        template <typename Other>
        void operator()(const boost::system::error_code& error, const Other& /*unused*/) const {
            (*this)(error, std::size_t{0});
        }
    };

    struct Outcome {
        boost::system::error_code error;
        std::size_t count = 0;
    };

    [[nodiscard]] bool await_ready() const { return false; }

    void await_suspend(std::coroutine_handle<> awaiting) {
        awaiting_ = awaiting;
        start_(Handler{this});
    }

    [[nodiscard]] Outcome await_resume() const { return outcome_; }

  private:
    Start start_;
    std::coroutine_handle<> awaiting_;
    Outcome outcome_;
};

/// "127.0.0.1:80", "[::1]:80".
std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);

/// What an error of a socket means to callers. `timed_out`: our own idle or connect limit ended the
/// operation.
Error to_error(const boost::system::error_code& error, bool timed_out, const std::string& peer);

/// `loop` outlives the stream and runs everything that is done with it.
std::unique_ptr<Stream> make_plain_stream(IoLoop& loop, boost::asio::ip::tcp::socket socket);

struct TlsRole {
    boost::asio::ssl::stream_base::handshake_type side;
    std::string peer_name;  ///< Not empty: the other side's certificate must bear it.
    std::string sni;        ///< What a client asks for.
};

/// The handshake happens at the first read or write.
std::unique_ptr<Stream> make_tls_stream(IoLoop& loop,
                                        boost::asio::ip::tcp::socket socket,
                                        std::shared_ptr<boost::asio::ssl::context> context,
                                        TlsRole role);

}  // namespace antipode::runtime

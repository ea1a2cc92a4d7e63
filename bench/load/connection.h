#pragma once

#include <netinet/in.h>
#include <optional>
#include <string>

#include "bench/load/bodies.h"
#include "bench/load/request.h"
#include "bench/load/response.h"
#include "bench/load/tally.h"

namespace antipode::bench {

/// How a request ended.
struct Outcome {
    Job job;
    Clock::time_point due;
    std::string failure;  ///< Empty: it succeeded.
    std::uint64_t bytes = 0;
};

/// One TCP connection with at most one request on it. It opens itself when there is something to
/// send. One thread at a time; the owner calls ready() whenever epoll reports the socket
/// (registered edge-triggered with `tag`).
class Connection {
  public:
    struct Context {
        sockaddr_in address{};
        int epoll = -1;
        const Options* options = nullptr;
        const Bodies* bodies = nullptr;
        Tally* tally = nullptr;
    };

    Connection(Context context, std::uint32_t tag) : context_(context), tag_(tag) {}

    ~Connection() { close(); }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool busy() const { return busy_; }

    [[nodiscard]] Clock::time_point due() const { return due_; }

    /// Connects now, so that the first request does not pay for it. A failure shows when something
    /// is sent.
    void open();

    /// Starts a request; not while busy(). The outcome comes from here if it is known at once, else
    /// from ready().
    std::optional<Outcome> send(const Job& job, Clock::time_point due, std::string head);
    std::optional<Outcome> ready();
    /// Gives up on the request in flight.
    Outcome abandon(std::string failure);

  private:
    std::optional<Outcome> push_and_pull();
    [[nodiscard]] bool push();
    [[nodiscard]] bool pull();
    void take_body(std::string_view part);
    std::optional<Outcome> connection_lost(std::string why);
    Outcome finish(std::string failure);
    [[nodiscard]] std::string verdict() const;
    [[nodiscard]] std::string verdict_on_list() const;
    [[nodiscard]] ByteView body() const;
    void close();

    Context context_;
    std::uint32_t tag_;
    int socket_ = -1;
    std::string open_failure_;
    std::uint64_t requests_on_socket_ = 0;

    bool busy_ = false;
    bool sent_again_ = false;
    Job job_;
    Clock::time_point due_;
    std::string head_;
    std::size_t sent_ = 0;
    Response response_;
    std::string kept_;  ///< Of the answer: all of a list to verify, the beginning of an error.
    bool differs_ = false;
};

}  // namespace antipode::bench

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/intrusive/list.hpp>

#include "http/detail/input_buffer.h"
#include "http/detail/request_parser.h"
#include "http/detail/response_head.h"
#include "http/message.h"
#include "http/server.h"
#include "runtime/network.h"
#include "runtime/task.h"

namespace antipode::http {

class Session;

using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What the sessions of one thread share. Only the counters are touched by other threads.
struct Shard {
    boost::intrusive::list<Session,
                           boost::intrusive::base_hook<SessionHook>,
                           boost::intrusive::constant_time_size<false>>
        sessions;
    DateLine date;
    std::atomic<std::uint64_t> requests = 0;
    bool stopping = false;
};

/// One connection from its first byte to its end: requests one after the other, in the order of
/// arrival.
class Session final : public SessionHook {
  public:
    /// All references outlive the session.
    Session(std::unique_ptr<runtime::Stream> stream,
            const ServerOptions& options,
            Handler& handler,
            Shard& shard);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Ends when the connection has ended.
    Task<void> run();

    /// No request has begun: the connection may be closed without harm.
    [[nodiscard]] bool is_idle() const { return idle_; }

    void cut() { stream_->close(); }

  private:
    class Body;

    struct BodyState {
        std::uint64_t remaining = 0;  ///< Of a body of known length.
        std::uint64_t received = 0;   ///< Of a chunked one.
        bool is_chunked = false;
        bool is_done = true;
        bool is_broken = false;
        bool continue_pending = false;  ///< The client waits for "100 Continue".
    };

    Task<bool> serve_one();
    /// The head's size; 0: no request comes any more. A negative value is the status to refuse
    /// with.
    Task<std::ptrdiff_t> read_head();
    Task<bool> refuse(int status);

    Task<Result<Bytes>> read_body();
    Task<Result<Bytes>> read_sized_body();
    Task<Result<Bytes>> read_chunked_body();
    Task<Result<void>> fill_input(std::size_t capacity);

    Task<Result<void>> send(Response& response, const ResponsePlan& plan);
    Task<Result<void>> send_stream(Response& response, const ResponsePlan& plan);
    Task<Result<void>> write(std::vector<ByteView> pieces);
    [[nodiscard]] bool may_keep_alive() const;
    Task<bool> drain();
    Task<void> linger();

    std::unique_ptr<runtime::Stream> stream_;
    const ServerOptions& options_;
    Handler& handler_;
    Shard& shard_;
    InputBuffer input_;
    RequestParser parser_;
    RequestFacts facts_;
    BodyState body_;
    std::string output_;
    std::string peer_;
    bool idle_ = true;
    bool lingers_ = false;
};

}  // namespace antipode::http

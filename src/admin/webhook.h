#pragma once

#include <cstdint>
#include <string>

#include "admin/event_log.h"
#include "http/client.h"
#include "runtime/network.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"

namespace antipode::admin {

struct WebhookOptions {
    std::string address;  ///< "host:port"
    bool tls = false;
    std::string target = "/";
    std::string secret;
    std::string region;  ///< Told with every event.
};

/// Tells every event to an address: POST of {"region","id","time_ms","kind","subject","text"},
/// signed with `x-antipode-time` (ms) and `x-antipode-signature`: hex HMAC-SHA256(secret,
/// "ANTIPODE-EVENT-1\n" time "\n" body). In order, one at a time; told when the answer is 2xx.
///
/// No answer and 5xx are tried again for ever, up to a minute apart; an event that is refused (4xx)
/// five times is left out. Events wait in the event log: beyond its length, and at a restart, the
/// oldest are lost (ids show the gap).
class Webhook {
  public:
    Webhook(WebhookOptions options, EventLog& events)
        : options_(std::move(options)), events_(events) {}

    /// On the current executor, whose network it is.
    void start(runtime::Network& network);
    Task<void> stop();

  private:
    Task<void> run();
    Task<void> tell(Event event);
    Task<int> post(const Event& event);

    WebhookOptions options_;
    EventLog& events_;
    std::unique_ptr<http::Client> client_;
    runtime::Signal stopping_;
    bool is_stopping_ = false;
    runtime::TaskGroup running_;
};

/// What the header `x-antipode-signature` holds.
std::string webhook_signature(std::string_view secret,
                              std::string_view time,
                              std::string_view body);

}  // namespace antipode::admin

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"
#include "runtime/link_network.h"
#include "runtime/task.h"

namespace antipode::http {

struct ClientOptions {
    std::string address;  ///< "host:port"
    runtime::ConnectOptions connect{};
    std::size_t connections_max = 16;  ///< Kept for reuse, and open at the same time.
    runtime::Duration connect_timeout = std::chrono::seconds(5);
    /// Without a byte moving either way. The only timeout: a slow transfer that moves is never cut.
    runtime::Duration idle_timeout = std::chrono::seconds(30);
};

struct ClientRequest {
    std::string method = "GET";
    std::string target = "/";
    Headers headers;  ///< Host is added when absent.
    std::string text;
    std::unique_ptr<ByteSource> stream;  ///< With `stream_size` a Content-Length, else chunked.
    std::optional<std::uint64_t> stream_size;
};

/// The whole body is read into `text` when it is at most `text_bytes_max`; more is an error.
struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string text;
};

/// A pool of connections to one server. Used on one executor. Errors: Closed, Timeout, Unavailable
/// (connect refused), InvalidArgument (a head that would not be one: control characters). A request
/// on a reused connection that the server had closed is sent once more if its body was not a
/// stream.
class Client {
  public:
    Client(ClientOptions options, runtime::Network& network);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Task<Result<ClientResponse>> call(ClientRequest request,
                                      std::uint64_t text_bytes_max = 16 * 1024 * 1024);
    /// Ends idle connections; calls in flight fail with Closed.
    void close();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace antipode::http

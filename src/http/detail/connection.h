#pragma once

#include <memory>
#include <string>

#include <boost/intrusive/list.hpp>

#include "http/client.h"
#include "http/detail/input_buffer.h"
#include "runtime/network.h"

namespace antipode::http {

/// One connection of a client: one request and its response at a time.
class Connection final : public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    Connection(std::unique_ptr<runtime::Stream> stream,
               std::string host,
               runtime::Duration idle_timeout);

    /// Sends the request and reads the response. After an error the connection is of no use.
    Task<Result<ClientResponse>> exchange(ClientRequest& request, std::uint64_t text_bytes_max);

    [[nodiscard]] bool is_reusable() const { return reusable_; }

    /// Since the last request began, anything came back.
    [[nodiscard]] bool has_heard() const { return has_heard_; }

    void close() { stream_->close(); }

    runtime::Instant idle_since;

  private:
    Task<Result<void>> send(ClientRequest& request);
    Task<Result<void>> send_stream(ClientRequest& request);
    Task<Result<ClientResponse>> receive(bool answers_head, std::uint64_t text_bytes_max);
    [[nodiscard]] Result<void> write_head(const ClientRequest& request);

    std::unique_ptr<runtime::Stream> stream_;
    std::string host_;
    InputBuffer input_;
    std::string output_;
    bool reusable_ = false;
    bool has_heard_ = false;
};

}  // namespace antipode::http

#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"
#include "runtime/link_network.h"

namespace antipode::runtime {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

enum class TlsSide : std::uint8_t { Client, Server };

/// The context for connections with these files; one whose files changed is made anew, so that
/// certificates can be replaced while connections are open. Any thread.
class TlsContexts {
  public:
    TlsContexts(LinkTls files, TlsSide side) : files_(std::move(files)), side_(side) {}

    /// InvalidArgument, in words, when the files cannot be used; where they could before, the
    /// earlier context stays in use (files are replaced one after the other).
    Result<TlsContext> current();

    [[nodiscard]] bool is_mutual() const { return files_.is_mutual(); }

  private:
    using Times = std::array<std::filesystem::file_time_type, 3>;

    [[nodiscard]] Times times() const;
    [[nodiscard]] Result<TlsContext> make() const;

    const LinkTls files_;
    const TlsSide side_;
    std::mutex mutex_;
    TlsContext context_;
    Times made_from_{};
};

}  // namespace antipode::runtime

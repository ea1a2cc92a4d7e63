#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace antipode::protocol {

/// Finds the bucket in a Host header. Known are `localhost`, IPv4 addresses (also
/// "bucket.127.0.0.1", as the OSS SDK for Java writes it), the names of `*.aliyuncs.com` and
/// `*.amazonaws.com[.cn]`, and the domains given.
class VirtualHosts {
  public:
    VirtualHosts() = default;
    /// Base domains ("s3.example.com"): the bucket is what stands before them. The longest match
    /// counts.
    explicit VirtualHosts(std::vector<std::string> domains);

    /// Null: path style (the host is an endpoint itself, or unknown). `host` may carry a port.
    [[nodiscard]] std::optional<std::string> bucket_of(std::string_view host) const;

  private:
    std::vector<std::string> domains_;
};

}  // namespace antipode::protocol

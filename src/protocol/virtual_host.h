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
    /// `accelerate_domains` are such domains as well; what is asked for under them is asked for at
    /// an accelerate endpoint.
    explicit VirtualHosts(std::vector<std::string> domains,
                          std::vector<std::string> accelerate_domains = {});

    /// Null: path style (the host is an endpoint itself, or unknown). `host` may carry a port.
    [[nodiscard]] std::optional<std::string> bucket_of(std::string_view host) const;

    /// Whether it is an accelerate endpoint, or a bucket at one: those of OSS and S3
    /// (`oss-accelerate.aliyuncs.com`, `s3-accelerate.amazonaws.com`, ...) and the domains given.
    [[nodiscard]] bool is_accelerate_endpoint(std::string_view host) const;

  private:
    std::vector<std::string> domains_;
    std::vector<std::string> accelerate_domains_;
};

}  // namespace antipode::protocol

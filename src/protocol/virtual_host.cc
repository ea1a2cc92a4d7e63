#include "protocol/virtual_host.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "codec/ascii.h"

namespace antipode::protocol {

namespace {

std::vector<std::string_view> split_labels(std::string_view name) {
    std::vector<std::string_view> labels;
    while (true) {
        const std::size_t dot = name.find('.');
        labels.push_back(name.substr(0, dot));
        if (dot == std::string_view::npos) {
            return labels;
        }
        name.remove_prefix(dot + 1);
    }
}

/// What stands before the last `count` labels, without its dot; null when nothing does.
std::optional<std::string> before(std::string_view name,
                                  const std::vector<std::string_view>& labels,
                                  std::size_t count) {
    if (labels.size() <= count) {
        return std::nullopt;
    }
    const std::size_t end =
        static_cast<std::size_t>(labels[labels.size() - count].data() - name.data());
    return std::string(name.substr(0, end - 1));
}

bool is_octet(std::string_view label) {
    return !label.empty() && label.size() <= 3 &&
           std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

bool ends_with_ipv4(const std::vector<std::string_view>& labels) {
    return labels.size() >= 4 && std::all_of(labels.end() - 4, labels.end(), is_octet);
}

/// oss-cn-hangzhou.aliyuncs.com, oss.aliyuncs.com, s3.oss-cn-hangzhou.aliyuncs.com: the number of
/// labels of the endpoint.
std::size_t aliyun_endpoint_labels(const std::vector<std::string_view>& labels) {
    const std::size_t n = labels.size();
    if (n < 3 || labels[n - 1] != "com" || labels[n - 2] != "aliyuncs") {
        return 0;
    }
    const std::string_view service = labels[n - 3];
    if (service != "oss" && !service.starts_with("oss-")) {
        return 0;
    }
    return n >= 4 && labels[n - 4] == "s3" ? 4 : 3;
}

/// s3.amazonaws.com, s3-us-west-2..., s3.us-east-1..., s3.dualstack.us-east-1..., all also with
/// ".cn".
std::size_t amazon_endpoint_labels(const std::vector<std::string_view>& labels) {
    std::size_t tail = !labels.empty() && labels.back() == "cn" ? 3 : 2;
    const std::size_t n = labels.size();
    if (n <= tail || labels[n - tail] != "amazonaws" || labels[n - tail + 1] != "com") {
        return 0;
    }
    for (std::size_t extra = 1; extra <= 3 && tail + extra <= n; ++extra) {
        const std::string_view label = labels[n - tail - extra];
        if (label == "s3" || label.starts_with("s3-")) {
            return tail + extra;
        }
    }
    return 0;
}

constexpr std::array<std::string_view, 4> kAccelerateEndpoints{
    "oss-accelerate.aliyuncs.com",
    "oss-accelerate-overseas.aliyuncs.com",
    "s3-accelerate.amazonaws.com",
    "s3-accelerate.dualstack.amazonaws.com"};

/// Lower case, without port and final dot; empty for an IPv6 address.
std::string name_in(std::string_view host) {
    if (host.starts_with('[')) {
        return {};
    }
    std::string name = codec::to_lower(host.substr(0, host.find(':')));
    if (name.ends_with('.')) {
        name.pop_back();  // A fully qualified name.
    }
    return name;
}

bool is_at(std::string_view name, std::string_view domain) {
    if (!name.ends_with(domain)) {
        return false;
    }
    name.remove_suffix(domain.size());
    return name.empty() || name.ends_with('.');
}

}  // namespace

VirtualHosts::VirtualHosts(std::vector<std::string> domains,
                           std::vector<std::string> accelerate_domains) {
    for (const std::string& domain : domains) {
        domains_.push_back(codec::to_lower(domain));
    }
    for (const std::string& domain : accelerate_domains) {
        accelerate_domains_.push_back(codec::to_lower(domain));
        domains_.push_back(accelerate_domains_.back());
    }
    std::ranges::sort(domains_, std::ranges::greater(), &std::string::size);
}

bool VirtualHosts::is_accelerate_endpoint(std::string_view host) const {
    const std::string name = name_in(host);
    const auto has_name = [&name](std::string_view domain) { return is_at(name, domain); };
    return std::ranges::any_of(kAccelerateEndpoints, has_name) ||
           std::ranges::any_of(accelerate_domains_, has_name);
}

std::optional<std::string> VirtualHosts::bucket_of(std::string_view host) const {
    const std::string name = name_in(host);
    if (name.empty()) {
        return std::nullopt;
    }
    for (const std::string& domain : domains_) {
        if (name == domain) {
            return std::nullopt;
        }
        if (is_at(name, domain)) {
            return name.substr(0, name.size() - domain.size() - 1);
        }
    }
    const std::vector<std::string_view> labels = split_labels(name);
    if (labels.back() == "localhost") {
        return before(name, labels, 1);
    }
    if (ends_with_ipv4(labels)) {
        return before(name, labels, 4);
    }
    if (const std::size_t count = aliyun_endpoint_labels(labels); count != 0) {
        return before(name, labels, count);
    }
    if (const std::size_t count = amazon_endpoint_labels(labels); count != 0) {
        return before(name, labels, count);
    }
    return std::nullopt;
}

}  // namespace antipode::protocol

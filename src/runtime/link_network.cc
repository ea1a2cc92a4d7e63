#include "runtime/link_network.h"

#include <utility>

namespace antipode::runtime {

namespace {

std::unexpected<Error> no_certificates() {
    return fail(ErrorCode::NotImplemented, "this network knows no certificates");
}

}  // namespace

Result<std::unique_ptr<Listener>> listen(Network& network,
                                         const std::string& address,
                                         const LinkTls& tls) {
    if (auto* links = dynamic_cast<LinkNetwork*>(&network)) {
        return links->listen(address, tls);
    }
    return tls.is_mutual() ? no_certificates() : network.listen(address, tls.own);
}

Task<Result<std::unique_ptr<Stream>>> connect(Network& network,
                                              std::string address,
                                              ConnectOptions options,
                                              Duration patience) {
    if (auto* links = dynamic_cast<LinkNetwork*>(&network)) {
        co_return co_await links->connect(std::move(address), std::move(options), patience);
    }
    if (options.credentials.is_mutual()) {
        co_return no_certificates();
    }
    co_return co_await network.connect(std::move(address), options.tls, patience);
}

std::string certified_name(const Stream& stream) {
    const auto* certified = dynamic_cast<const CertifiedStream*>(&stream);
    return certified == nullptr ? std::string() : certified->certified_name();
}

}  // namespace antipode::runtime

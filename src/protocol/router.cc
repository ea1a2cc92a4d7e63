#include "protocol/router.h"

#include <utility>

#include "runtime/executor.h"

namespace antipode::protocol {

Router::Router(Options options, Gateway& oss, Gateway& s3, std::uint64_t request_id_salt)
    : options_(std::move(options)), oss_(oss), s3_(s3), request_ids_(request_id_salt) {}

Task<http::Response> Router::handle(http::Request& request) {
    const runtime::WallTime now = runtime::Executor::current().wall_now();
    std::string request_id = request_ids_.next(now);
    auto parsed = parse_request(request, options_.hosts, options_.fallback);
    if (!parsed) {
        Gateway& gateway = dialect_of(request, options_.fallback) == Dialect::S3 ? s3_ : oss_;
        co_return gateway.refuse(request, parsed.error(), request_id);
    }
    parsed->now = now;
    parsed->request_id = std::move(request_id);
    Gateway& gateway = parsed->dialect == Dialect::S3 ? s3_ : oss_;
    co_return co_await gateway.handle(request, std::move(*parsed));
}

}  // namespace antipode::protocol

#include "protocol/router.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "protocol/borrowed_body.h"
#include "protocol/form.h"
#include "runtime/executor.h"

namespace antipode::protocol {

namespace {

/// An upload by form says only in its fields whose it is, and in which dialect.
Task<Result<void>> take_form(http::Request& request, ParsedRequest& parsed) {
    const std::optional<std::string> boundary = form_boundary(request);
    const bool is_signed = request.headers.contains("authorization");
    if (!boundary || is_signed || parsed.bucket.empty() || !parsed.key.empty()) {
        co_return Result<void>{};
    }
    std::unique_ptr<ByteSource> body = borrow_body(request);
    CO_TRY(Form form, co_await read_form(std::move(body), *boundary));
    parsed.dialect = detect_form_dialect(form.fields, parsed.dialect);
    parsed.form = std::make_shared<Form>(std::move(form));
    co_return Result<void>{};
}

}  // namespace

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
    parsed->is_at_accelerate_endpoint |= options_.is_accelerate_endpoint;
    parsed->now = now;
    parsed->request_id = std::move(request_id);
    if (auto read = co_await take_form(request, *parsed); !read) {
        Gateway& gateway = parsed->dialect == Dialect::S3 ? s3_ : oss_;
        co_return gateway.refuse(request, read.error(), parsed->request_id);
    }
    Gateway& gateway = parsed->dialect == Dialect::S3 ? s3_ : oss_;
    co_return co_await gateway.handle(request, std::move(*parsed));
}

}  // namespace antipode::protocol

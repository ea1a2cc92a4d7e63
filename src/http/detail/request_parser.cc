#include "http/detail/request_parser.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/field.hpp>

#include "base/check.h"

namespace antipode::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::field;

constexpr std::size_t kFieldsMax = 500;
constexpr std::size_t kEndBytes = std::string_view("0\r\n\r\n").size();

std::string_view to_std(beast::string_view text) {
    return {text.data(), text.size()};
}

bool is_decimal(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::size_t find_head_end(std::string_view text, std::size_t from) {
    // The empty line may straddle the old end.
    const std::size_t start = from > 3 ? from - 3 : 0;
    const std::size_t found = text.find("\r\n\r\n", start);
    return found == std::string_view::npos ? found : found + 4;
}

/// One message. Statuses are kept beside Beast's error, which has no word for most of our refusals.
class OneRequest final : public beast::http::basic_parser<true> {
  public:
    OneRequest(std::string_view head, Request* request) : head_(head), request_(request) {
        header_limit(UINT32_MAX);  // The size was limited when the head was gathered.
        body_limit(boost::none);
    }

    [[nodiscard]] int refusal() const { return refusal_; }

    [[nodiscard]] bool expects_continue() const { return expects_continue_; }

    /// Ends the part of the parser that fills the request: fields from now on are trailers.
    int finish_head() {
        request_ = nullptr;
        const bool one_host = hosts_ == 1 || (hosts_ == 0 && !is_http_11_);
        if (!one_host || (chunked() && !is_http_11_)) {
            return 400;
        }
        return 0;
    }

    [[nodiscard]] bool is_http_11() const { return is_http_11_; }

    void set_output(Bytes* into, std::size_t size_max) {
        into_ = into;
        size_max_ = size_max;
    }

    /// Beast asserts that it is not given "0\r\n\r" after "0\r\n" (up to Boost 1.81 at least). The
    /// end of a body without chunks has five bytes.
    [[nodiscard]] bool is_part_of_the_end(std::string_view input) const {
        return !has_chunks_ && input.starts_with('0') && input.size() < kEndBytes;
    }

  private:
    void refuse(int status, error_code& error) {
        refusal_ = status;
        error = beast::http::error::bad_value;
    }

    void on_request_impl(beast::http::verb /*verb*/,
                         beast::string_view method,
                         beast::string_view target,
                         int version,
                         error_code& /*error*/) override {
        request_->method = to_std(method);
        request_->target = to_std(target);
        is_http_11_ = version >= 11;
    }

    void on_response_impl(int /*code*/,
                          beast::string_view /*reason*/,
                          int /*version*/,
                          error_code& /*error*/) override {
        CHECK(false);
    }

    void on_field_impl(field id,
                       beast::string_view name,
                       beast::string_view value,
                       error_code& error) override {
        if (request_ == nullptr) {
            return;  // A trailer: nothing that we act upon may come that late.
        }
        if (is_folded(name, value)) {
            return refuse(400, error);
        }
        if (request_->headers.all().size() == kFieldsMax) {
            return refuse(431, error);
        }
        check_framing(id, to_std(value), error);
        request_->headers.add(std::string(to_std(name)), std::string(to_std(value)));
    }

    /// A value on several lines (obs-fold): Beast joins them in a place of its own, or skips the
    /// empty first line.
    [[nodiscard]] bool is_folded(beast::string_view name, beast::string_view value) const {
        const char* const name_end = name.data() + name.size();
        const std::less<> before;
        if (before(value.data(), name_end) || before(head_.data() + head_.size(), value.data())) {
            return true;
        }
        const std::string_view between(name_end, static_cast<std::size_t>(value.data() - name_end));
        return between.find('\n') != std::string_view::npos;
    }

    void check_framing(field id, std::string_view value, error_code& error) {
        switch (id) {
            case field::host:
                ++hosts_;
                break;
            case field::content_length:
                // Beast takes "5, 5" and equal repetitions; whoever sends those is not worth the
                // risk.
                if (std::exchange(has_content_length_, true) || !is_decimal(value)) {
                    refuse(400, error);
                }
                break;
            case field::transfer_encoding:
                // Beast lets other codings through as a message without a body.
                if (!equal_ignoring_case(value, "chunked")) {
                    refuse(501, error);
                }
                break;
            case field::expect:
                if (equal_ignoring_case(value, "100-continue")) {
                    expects_continue_ = true;
                } else {
                    refuse(417, error);
                }
                break;
            default:
                break;
        }
    }

    void on_header_impl(error_code& /*error*/) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>& /*size*/,
                           error_code& /*error*/) override {}

    std::size_t on_body_impl(beast::string_view /*body*/, error_code& /*error*/) override {
        CHECK(false);  // Bodies of known length do not pass through the parser.
        return 0;
    }

    void on_chunk_header_impl(std::uint64_t /*size*/,
                              beast::string_view /*extensions*/,
                              error_code& /*error*/) override {
        has_chunks_ = true;
    }

    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/,
                                   beast::string_view body,
                                   error_code& /*error*/) override {
        const std::size_t old_size = into_->size();
        const std::size_t count = std::min(body.size(), size_max_ - old_size);
        into_->resize(old_size + count);
        std::memcpy(into_->data() + old_size, body.data(), count);
        return count;
    }

    void on_finish_impl(error_code& /*error*/) override {}

    std::string_view head_;
    Request* request_;
    int refusal_ = 0;
    int hosts_ = 0;
    bool is_http_11_ = true;
    bool has_content_length_ = false;
    bool expects_continue_ = false;
    bool has_chunks_ = false;
    Bytes* into_ = nullptr;
    std::size_t size_max_ = 0;
};

class RequestParser::Impl {
  public:
    std::optional<OneRequest> one;
};

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) {}

RequestParser::~RequestParser() = default;

int RequestParser::parse_head(std::string_view head, Request& request, RequestFacts& facts) {
    OneRequest& one = impl_->one.emplace(head, &request);
    error_code error;
    const std::size_t used = one.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error) {
        return one.refusal() != 0 ? one.refusal() : 400;
    }
    if (!one.is_header_done() || used != head.size()) {
        return 400;
    }
    if (const int refusal = one.finish_head(); refusal != 0) {
        return refusal;
    }
    request.is_chunked = one.chunked();
    if (const auto size = one.content_length()) {
        request.content_length = *size;
    }
    facts.is_http_11 = one.is_http_11();
    facts.keep_alive = one.keep_alive();
    facts.expects_continue = one.expects_continue() && one.is_http_11();
    return 0;
}

Result<bool> RequestParser::decode_chunked(InputBuffer& input, Bytes& into, std::size_t size_max) {
    OneRequest& one = *impl_->one;
    one.set_output(&into, size_max);
    while (!one.is_done() && !input.empty() && into.size() < size_max) {
        if (one.is_part_of_the_end(input.text())) {
            return false;
        }
        error_code error;
        const ByteView view = input.view();
        input.consume(one.put(boost::asio::const_buffer(view.data(), view.size()), error));
        if (error == beast::http::error::need_more) {
            return false;
        }
        if (error) {
            return fail(ErrorCode::InvalidRequest, "chunked body: " + error.message());
        }
    }
    return one.is_done();
}

}  // namespace antipode::http

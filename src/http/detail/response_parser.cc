#include "http/detail/response_parser.h"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/check.h"
#include "base/units.h"

namespace antipode::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;

constexpr std::uint32_t kHeadBytesMax =
    64 * kKiB;  // Of what is not a whole field yet; hence the second limit. Also of trailers.
constexpr std::size_t kFieldsMax = 1000;
constexpr std::size_t kEndBytes = std::string_view("0\r\n\r\n").size();
/// What a server announces is believed only so far when memory is set aside for it.
constexpr std::uint64_t kReserveBytesMax = 1 * kMiB;

std::string to_std(beast::string_view text) {
    return {text.data(), text.size()};
}

class OneResponse final : public beast::http::basic_parser<false> {
  public:
    OneResponse(ClientResponse& response, const ResponseParser::Options& options)
        : response_(response), text_bytes_max_(options.text_bytes_max) {
        header_limit(kHeadBytesMax);
        body_limit(boost::none);
        eager(true);
        skip(options.answers_head);
    }

    [[nodiscard]] bool is_too_large() const { return is_too_large_; }

    [[nodiscard]] bool is_interim() const { return response_.status / 100 == 1; }

    /// As in request_parser.cc: what Beast must not be given yet.
    [[nodiscard]] bool is_part_of_the_end(std::string_view input) const {
        return is_header_done() && chunked() && !has_chunks_ && input.starts_with('0') &&
               input.size() < kEndBytes;
    }

  private:
    void on_request_impl(beast::http::verb /*verb*/,
                         beast::string_view /*method*/,
                         beast::string_view /*target*/,
                         int /*version*/,
                         error_code& /*error*/) override {
        CHECK(false);
    }

    void on_response_impl(int code,
                          beast::string_view /*reason*/,
                          int /*version*/,
                          error_code& /*error*/) override {
        response_.status = code;
    }

    void on_field_impl(beast::http::field /*id*/,
                       beast::string_view name,
                       beast::string_view value,
                       error_code& error) override {
        if (response_.headers.all().size() == kFieldsMax) {
            error = beast::http::error::header_limit;
            return;
        }
        response_.headers.add(to_std(name), to_std(value));
    }

    void on_header_impl(error_code& /*error*/) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code& error) override {
        if (size) {
            check_size(*size, error);
            response_.text.reserve(std::min(*size, kReserveBytesMax));
        }
    }

    std::size_t on_body_impl(beast::string_view body, error_code& error) override {
        check_size(response_.text.size() + body.size(), error);
        if (error) {
            return 0;
        }
        response_.text.append(body.data(), body.size());
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t /*size*/,
                              beast::string_view /*extensions*/,
                              error_code& /*error*/) override {
        has_chunks_ = true;
    }

    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/,
                                   beast::string_view body,
                                   error_code& error) override {
        return on_body_impl(body, error);
    }

    void on_finish_impl(error_code& /*error*/) override {}

    void check_size(std::uint64_t size, error_code& error) {
        if (size > text_bytes_max_) {
            is_too_large_ = true;
            error = beast::http::error::body_limit;
        }
    }

    ClientResponse& response_;
    std::uint64_t text_bytes_max_;
    bool is_too_large_ = false;
    bool has_chunks_ = false;
};

}  // namespace

class ResponseParser::Impl {
  public:
    Impl(ClientResponse& response, Options options) : response_(response), options_(options) {
        begin();
    }

    void begin() {
        response_ = ClientResponse{};
        one_.emplace(response_, options_);
    }

    [[nodiscard]] std::unexpected<Error> failure(const error_code& error) const {
        if (one_->is_too_large()) {
            return fail(ErrorCode::EntityTooLarge, "the response is larger than the caller allows");
        }
        return fail(ErrorCode::InvalidRequest, "malformed response: " + error.message());
    }

    OneResponse& one() { return *one_; }

    [[nodiscard]] const OneResponse& one() const { return *one_; }

  private:
    ClientResponse& response_;
    Options options_;
    std::optional<OneResponse> one_;
};

ResponseParser::ResponseParser(ClientResponse& response, Options options)
    : impl_(std::make_unique<Impl>(response, options)) {}

ResponseParser::~ResponseParser() = default;

Result<bool> ResponseParser::put(InputBuffer& input) {
    while (!input.empty()) {
        if (impl_->one().is_part_of_the_end(input.text())) {
            return false;
        }
        error_code error;
        const ByteView view = input.view();
        const std::size_t used =
            impl_->one().put(boost::asio::const_buffer(view.data(), view.size()), error);
        input.consume(used);
        if (error == beast::http::error::need_more) {
            if (input.size() > kHeadBytesMax) {
                return fail(ErrorCode::InvalidRequest,
                            "malformed response: a chunk's head or the trailers are too long");
            }
            return false;
        }
        if (error) {
            return impl_->failure(error);
        }
        if (impl_->one().is_done()) {
            if (!impl_->one().is_interim()) {
                return true;
            }
            impl_->begin();
        }
    }
    return false;
}

Result<void> ResponseParser::put_end() {
    if (!impl_->one().got_some()) {
        return fail(ErrorCode::Closed, "the server ended the connection without a response");
    }
    error_code error;
    impl_->one().put_eof(error);
    if (error) {
        return fail(ErrorCode::Closed, "the server ended the connection within a response");
    }
    return {};
}

bool ResponseParser::keep_alive() const {
    return impl_->one().keep_alive();
}

}  // namespace antipode::http

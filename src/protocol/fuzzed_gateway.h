#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "codec/ascii.h"
#include "codec/http_date.h"
#include "codec/xml_reader.h"
#include "protocol/router.h"
#include "protocol/text_request.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

/// For the fuzzers of the dialects.
namespace antipode::protocol {

/// A gateway behind the router, asked with signed requests on one simulated thread.
class FuzzedGateway {
  public:
    using Sign = std::function<void(http::Request&, const ParsedRequest&)>;

    FuzzedGateway(Dialect dialect, Sign sign) : dialect_(dialect), sign_(std::move(sign)) {}

    /// Makes a bucket, an object and an upload. The gateway outlives this.
    void open(Gateway& gateway, const std::string& meta_header) {
        const Router::Options options{.hosts = {}, .fallback = dialect_};
        router_ = std::make_unique<Router>(options, gateway, gateway);
        ask("PUT /bucket");
        ask("PUT /bucket/k\n" + meta_header + ": 1\n\nhello");
        const http::Response made = ask("POST /bucket/m?uploads");
        upload_ = codec::parse_xml(made.text).value().child_text("UploadId");
        ask("PUT /bucket/m?partNumber=1&uploadId=UPLOAD\n\nhello");
    }

    /// Up to four requests, one after the other, separated by 0x01: none is our mistake (500), and
    /// what answers is well-formed.
    void take(const std::uint8_t* data, std::size_t size) {
        constexpr std::size_t kRequestsMax = 4;
        std::string_view text(reinterpret_cast<const char*>(data), size);
        for (std::size_t i = 0; i < kRequestsMax && !text.empty(); ++i) {
            const std::size_t end = text.find('\x01');
            check(ask(std::string(text.substr(0, end))));
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    runtime::SimExecutor& executor() { return executor_; }

  private:
    /// Signed with the key of the bucket's owner; UPLOAD stands for the upload's id.
    http::Response ask(std::string text) {
        if (const std::size_t found = text.find("UPLOAD"); found != std::string::npos) {
            text.replace(found, 6, upload_);
        }
        std::optional<http::Request> request = text_request(text);
        if (!request) {
            return {};
        }
        request->headers.add("Date", codec::format_http_date(executor_.wall_now()));
        if (const auto parsed = parse_request(*request, {}, dialect_)) {
            sign_(*request, *parsed);
        }
        http::Response response = run(router_->handle(*request));
        if (response.stream) {
            const auto read = run(runtime::read_text(response.stream.get(), kMiB));
            CHECK(read && (!response.stream_size || read->size() == *response.stream_size));
        }
        return response;
    }

    static void check(const http::Response& response) {
        CHECK(response.status >= 200 && response.status < 600 && response.status != 500);
        for (const auto& [name, value] : response.headers.all()) {
            CHECK(codec::is_field_name(name) && codec::is_field_value(value));
        }
        if (!response.text.empty() && response.headers.get("Content-Type") == "application/xml") {
            CHECK(codec::parse_xml(response.text).has_value());
        }
    }

    runtime::SimExecutor executor_{7, false};
    Dialect dialect_;
    Sign sign_;
    std::unique_ptr<Router> router_;
    std::string upload_;
};

}  // namespace antipode::protocol

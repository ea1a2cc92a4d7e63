#include "server/request_meter.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/sim_executor.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// Answers after 2 s with what the test has put there.
class Answering final : public http::Handler {
  public:
    Task<http::Response> handle(http::Request&) override {
        co_await runtime::sleep_for(2s);
        co_return std::move(next);
    }

    http::Response next;
};

Task<void> exchange(http::Handler& handler, http::Request& request, bool read_body) {
    http::Response response = co_await handler.handle(request);
    while (read_body && response.stream) {
        const Result<Bytes> chunk = co_await response.stream->next();
        if (!chunk || chunk->empty()) {
            break;
        }
    }
}

struct Meter : testing::Test {
    void send(http::Response response, bool read_body = true) {
        inner.next = std::move(response);
        http::Request request;
        request.method = "GET";
        request.target = "/bucket/key";
        request.content_length = 7;
        runtime::start(executor, exchange(meter, request, read_body), [] {});
        executor.run(10s);
    }

    static http::Response answer(int status, const char* id_header, const std::string& text) {
        http::Response response;
        response.status = status;
        response.headers.add(id_header, "ID1");
        response.text = text;
        return response;
    }

    static http::Response streamed(const std::string& text) {
        http::Response response = answer(200, "x-oss-request-id", "");
        response.stream = std::make_unique<runtime::MemorySource>(to_bytes(text));
        return response;
    }

    runtime::SimExecutor executor{1};
    std::ostringstream logged;
    telemetry::Log log{{.level = telemetry::LogLevel::Info, .json = false, .stream = &logged}};
    telemetry::Metrics metrics;
    Answering inner;
    RequestMeter meter{inner, metrics, log, 5s};
};

TEST_F(Meter, counts_by_dialect_method_and_status) {
    send(answer(200, "x-oss-request-id", "abc"));
    send(answer(404, "x-amz-request-id", ""));
    send(answer(404, "x-amz-request-id", ""));

    const std::string page = metrics.exposition();
    EXPECT_THAT(page,
                HasSubstr(R"(antipode_requests_total{dialect="oss",method="GET",status="200"} 1)"));
    EXPECT_THAT(page,
                HasSubstr(R"(antipode_requests_total{dialect="s3",method="GET",status="404"} 2)"));
    EXPECT_THAT(page, HasSubstr("antipode_request_body_bytes_total 21"));
    EXPECT_THAT(page, HasSubstr("antipode_response_body_bytes_total 3"));
    EXPECT_THAT(page, HasSubstr("antipode_requests_in_flight 0"));
    EXPECT_EQ(logged.str(), "");
}

TEST_F(Meter, lets_a_streamed_answer_end_with_its_last_byte) {
    send(streamed("0123456789"));

    EXPECT_THAT(metrics.exposition(), HasSubstr("antipode_response_body_bytes_total 10"));
    EXPECT_THAT(metrics.exposition(), HasSubstr("antipode_responses_cut_total 0"));
    EXPECT_THAT(metrics.exposition(), HasSubstr("antipode_requests_in_flight 0"));
}

TEST_F(Meter, counts_an_answer_that_the_client_left) {
    send(streamed("0123456789"), false);

    EXPECT_THAT(metrics.exposition(), HasSubstr("antipode_responses_cut_total 1"));
    EXPECT_THAT(metrics.exposition(), HasSubstr("antipode_requests_in_flight 0"));
}

TEST_F(Meter, logs_what_is_slow_and_everything_when_asked) {
    RequestMeter strict(inner, metrics, log, 1s);
    http::Request request;
    request.method = "PUT";
    request.target = "/bucket/slow";
    runtime::start(executor, exchange(strict, request, true), [] {});
    executor.run(10s);

    EXPECT_THAT(logged.str(), HasSubstr("slow request"));
    EXPECT_THAT(logged.str(), HasSubstr("/bucket/slow"));
}

}  // namespace
}  // namespace antipode::server

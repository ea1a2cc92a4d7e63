#include "http/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "http/server.h"
#include "runtime/io_threads.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::http {
namespace {

using namespace std::chrono_literals;
using runtime::run_to_end;

class EchoHandler final : public Handler {
  public:
    Task<Response> handle(Request& request) override {
        if (request.target == "/refuse") {
            Response response{.status = 403, .text = "no"};
            co_return response;
        }
        Response response;
        response.headers.add("X-Method", request.method);
        response.headers.add("X-Host", std::string(request.headers.get("host")));
        response.headers.add(
            "X-Length",
            request.content_length ? fmt::format("{}", *request.content_length) : "none");
        response.text = (co_await runtime::read_text(request.body.get(), 64 * kMiB)).value_or("");
        if (request.target == "/stream") {
            response.stream = std::make_unique<runtime::MemorySource>(to_bytes(response.text));
        }
        co_return response;
    }
};

class ClientTest : public testing::Test {
  protected:
    ClientTest() {
        ServerOptions options;
        options.listen = {"127.0.0.1:0"};
        server_ = std::make_unique<Server>(std::move(options), handler_, threads_);
        EXPECT_TRUE(server_->start());
        make_client({});
    }

    ~ClientTest() override {
        run_to_end(threads_.executor(0), close());
        run_to_end(threads_.executor(0), server_->stop(0s));
        threads_.stop();
    }

    void make_client(ClientOptions options) {
        if (options.address.empty()) {
            options.address = server_->addresses().front();
        }
        client_ = std::make_unique<Client>(std::move(options), threads_.network(0));
    }

    Result<ClientResponse> call(ClientRequest request, std::uint64_t text_bytes_max = kMiB) {
        return run_to_end(threads_.executor(0), client_->call(std::move(request), text_bytes_max));
    }

    Task<void> close() {
        client_->close();
        co_return;
    }

    EchoHandler handler_;
    runtime::IoThreads threads_{2};
    std::unique_ptr<Server> server_;
    std::unique_ptr<Client> client_;
};

ClientRequest post(std::string target, std::string text) {
    ClientRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.text = std::move(text);
    return request;
}

TEST_F(ClientTest, sends_a_text_and_reads_the_answer) {
    const auto response = call(post("/", "hello"));

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->text, "hello");
    EXPECT_EQ(response->headers.get("x-method"), "POST");
    EXPECT_EQ(response->headers.get("X-Host"), server_->addresses().front());
}

TEST_F(ClientTest, reads_chunked_answers) {
    EXPECT_EQ(call(post("/stream", std::string(100'000, 'x')))->text.size(), 100'000U);
}

TEST_F(ClientTest, uses_a_connection_again) {
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(call(post("/", "x")));
    }

    EXPECT_EQ(server_->counts().connections, 1U);
}

TEST_F(ClientTest, takes_an_answer_to_head_that_has_no_body) {
    ClientRequest request;
    request.method = "HEAD";

    ASSERT_TRUE(call(std::move(request)));
    EXPECT_EQ(call(post("/", "after"))->text, "after");
    EXPECT_EQ(server_->counts().connections, 1U);
}

TEST_F(ClientTest, streams_a_body_with_a_length_or_in_chunks) {
    ClientRequest sized = post("/", "");
    sized.stream = std::make_unique<runtime::MemorySource>(Bytes(3'000'000, std::byte{'s'}));
    sized.stream_size = 3'000'000;
    ClientRequest chunked = post("/", "");
    chunked.stream = std::make_unique<runtime::MemorySource>(Bytes(3'000'000, std::byte{'c'}));

    const auto sized_response = call(std::move(sized), 4 * kMiB);
    const auto chunked_response = call(std::move(chunked), 4 * kMiB);

    EXPECT_EQ(sized_response->text, std::string(3'000'000, 's'));
    EXPECT_EQ(sized_response->headers.get("X-Length"), "3000000");
    EXPECT_EQ(chunked_response->text, std::string(3'000'000, 'c'));
    EXPECT_EQ(chunked_response->headers.get("X-Length"), "none");
}

TEST_F(ClientTest, refuses_an_answer_that_is_too_large) {
    const auto response = call(post("/", std::string(1000, 'x')), 999);

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::EntityTooLarge);
    EXPECT_EQ(call(post("/", "after"))->text, "after");
}

TEST_F(ClientTest, reads_a_refusal_that_comes_while_the_body_is_sent) {
    ClientRequest request = post("/refuse", "");
    request.stream = std::make_unique<runtime::MemorySource>(Bytes(20'000'000));
    request.stream_size = 20'000'000;

    const auto response = call(std::move(request));

    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 403);
}

TEST_F(ClientTest, fails_when_its_own_body_is_shorter_than_announced) {
    ClientRequest request = post("/", "");
    request.stream = std::make_unique<runtime::MemorySource>(Bytes(10));
    request.stream_size = 11;
    make_client({.idle_timeout = 50ms});

    EXPECT_FALSE(call(std::move(request)));
}

TEST_F(ClientTest, says_unavailable_when_nobody_listens) {
    run_to_end(threads_.executor(0), server_->stop(0s));

    EXPECT_EQ(call(post("/", "x")).error().code, ErrorCode::Unavailable);
}

TEST_F(ClientTest, sends_no_head_that_would_be_two) {
    const auto code = [this](const std::string& target, std::pair<std::string, std::string> field) {
        ClientRequest request = post(target, "x");
        request.headers.add(std::move(field.first), std::move(field.second));
        const auto response = call(std::move(request));
        return response ? std::nullopt : std::optional(response.error().code);
    };

    EXPECT_EQ(code("/", {"X-A", "1\r\nX-B: 2"}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("/", {"X-A: 1\r\nX-B", "2"}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("/ HTTP/1.1\r\nX-B: 2\r\n\r\n", {"X-A", "1"}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("", {"X-A", "1"}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("/", {"X-A", "1"}), std::nullopt);
}

TEST_F(ClientTest, says_closed_once_it_is_closed) {
    ASSERT_TRUE(call(post("/", "x")));
    run_to_end(threads_.executor(0), close());

    EXPECT_EQ(call(post("/", "x")).error().code, ErrorCode::Closed);
}

Task<void> call_into(Client* client, std::string text, int* count) {
    const auto response = co_await client->call(post("/", text));
    *count += response && response->text == text ? 1 : 0;
}

Task<int> call_many(Client* client, int times) {
    runtime::TaskGroup group;
    int count = 0;
    for (int i = 0; i < times; ++i) {
        group.spawn(call_into(client, fmt::format("{}", i), &count));
    }
    co_await group.join();
    co_return count;
}

TEST_F(ClientTest, shares_few_connections_among_many_calls) {
    make_client({.connections_max = 3});

    EXPECT_EQ(run_to_end(threads_.executor(0), call_many(client_.get(), 100)), 100);
    EXPECT_LE(server_->counts().connections, 3U);
}

/// Answers `answers` connections with one canned text each and ends them.
Task<void> serve_canned(runtime::Listener* listener, std::vector<std::string> answers) {
    for (const std::string& answer : answers) {
        auto stream = co_await listener->accept();
        co_await runtime::resume_on((*stream)->executor());
        Bytes buffer(4096);
        co_await (*stream)->read_some(buffer);
        std::vector<ByteView> pieces{as_bytes(answer)};
        co_await (*stream)->write_all(std::move(pieces));
        (*stream)->close();
    }
}

class CannedServerTest : public ClientTest {
  protected:
    /// The answers to calls against a server that gives `answers`, one a connection.
    std::vector<Result<ClientResponse>> calls(std::vector<std::string> answers, int times) {
        auto listener = threads_.network(0).listen("127.0.0.1:0", {}).value();
        runtime::TaskGroup group;
        group.spawn(threads_.executor(0), serve_canned(listener.get(), std::move(answers)));
        make_client({.address = listener->local_address()});
        std::vector<Result<ClientResponse>> results;
        for (int i = 0; i < times; ++i) {
            results.push_back(call(post("/", "x")));
        }
        run_to_end(threads_.executor(0), group.join());
        return results;
    }
};

TEST_F(CannedServerTest, sends_again_when_the_server_had_ended_an_idle_connection) {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    const auto results = calls({answer, answer}, 2);

    EXPECT_EQ(results[0]->text, "ok");
    ASSERT_TRUE(results[1]) << results[1].error().message;
    EXPECT_EQ(results[1]->text, "ok");
}

TEST_F(CannedServerTest, does_not_send_again_on_a_fresh_connection) {
    const auto results = calls({""}, 1);

    EXPECT_EQ(results[0].error().code, ErrorCode::Closed);
}

TEST_F(CannedServerTest, skips_interim_responses) {
    const auto results = calls({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: "
                                "b\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\ny"},
                               1);

    ASSERT_TRUE(results[0]);
    EXPECT_EQ(results[0]->status, 201);
    EXPECT_FALSE(results[0]->headers.contains("A"));
}

TEST_F(CannedServerTest, takes_a_body_that_ends_with_the_connection) {
    EXPECT_EQ(calls({"HTTP/1.1 200 OK\r\n\r\nuntil the end"}, 1)[0]->text, "until the end");
}

TEST_F(CannedServerTest, refuses_a_body_that_breaks_off) {
    EXPECT_EQ(calls({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"}, 1)[0].error().code,
              ErrorCode::Closed);
    EXPECT_EQ(calls({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"}, 1)[0]
                  .error()
                  .code,
              ErrorCode::Closed);
}

TEST_F(CannedServerTest, refuses_trailers_without_end) {
    const std::string start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    EXPECT_EQ(calls({start + "0\r\nA: " + std::string(200'000, 'x')}, 1)[0].error().code,
              ErrorCode::InvalidRequest);
    EXPECT_EQ(calls({start + "5;" + std::string(200'000, 'x')}, 1)[0].error().code,
              ErrorCode::InvalidRequest);
}

TEST_F(CannedServerTest, refuses_what_is_not_http) {
    EXPECT_EQ(calls({"SSH-2.0-OpenSSH\r\n"}, 1)[0].error().code, ErrorCode::InvalidRequest);
}

}  // namespace
}  // namespace antipode::http

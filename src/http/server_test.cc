#include "http/server.h"

#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "runtime/deadline.h"
#include "runtime/io_threads.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::http {
namespace {

using namespace std::chrono_literals;
using runtime::OneShot;
using runtime::run_to_end;
using runtime::Stream;

/// Gives `pieces` one by one, then the end or an error.
class ListSource final : public ByteSource {
  public:
    ListSource(std::vector<std::string> pieces, bool fails)
        : pieces_(std::move(pieces)), fails_(fails) {}

    Task<Result<Bytes>> next() override {
        if (index_ < pieces_.size()) {
            co_return to_bytes(pieces_[index_++]);
        }
        if (fails_) {
            co_return fail(ErrorCode::Io, "broken on purpose");
        }
        co_return Bytes{};
    }

  private:
    std::vector<std::string> pieces_;
    bool fails_;
    std::size_t index_ = 0;
};

/// Answers by the path; what each does is what the tests below need.
class TestHandler final : public Handler {
  public:
    Task<Response> handle(Request& request) override {
        last_peer = request.peer_address;
        if (request.target == "/echo") {
            return echo(request);
        }
        if (request.target == "/wait") {
            return wait();
        }
        return answer(request);
    }

    OneShot<bool> entered;
    OneShot<bool> release;
    std::string last_peer;

  private:
    static Task<Response> echo(Request& request) {
        const auto text = co_await runtime::read_text(request.body.get(), 64 * kMiB);
        Response response;
        response.status = text ? 200 : 400;
        response.text = text ? *text : std::string(name_of(text.error().code));
        co_return response;
    }

    Task<Response> wait() {
        entered.set(true);
        co_await release.wait();
        Response response{.text = "waited"};
        co_return response;
    }

    static Task<Response> answer(Request& request) {
        Response response;
        if (request.target == "/stream") {
            response.stream =
                std::make_unique<ListSource>(std::vector<std::string>{"one", "two"}, false);
        } else if (request.target == "/sized") {
            response.stream =
                std::make_unique<ListSource>(std::vector<std::string>{"one", "two"}, false);
            response.stream_size = 6;
        } else if (request.target == "/short") {
            response.stream = std::make_unique<ListSource>(std::vector<std::string>{"one"}, false);
            response.stream_size = 6;
        } else if (request.target == "/broken") {
            response.stream = std::make_unique<ListSource>(std::vector<std::string>{"one"}, true);
        } else if (request.target == "/empty-stream") {
            response.stream = std::make_unique<ListSource>(std::vector<std::string>{}, false);
            response.stream_size = 0;
        } else if (request.target == "/none") {
            response.status = 204;
        } else if (request.target == "/not-modified") {
            response.status = 304;
            response.announced_size = 77;
        } else if (request.target == "/evil") {
            response.headers.add("X-Meta", "a\r\nInjected: yes");
            response.headers.add("X-Bytes",
                                 std::string("a\0b\x01"
                                             "c\x7F"
                                             "d\te\xE4",
                                             10));
            response.headers.add("X-Name\r\nInjected", "yes");
            response.headers.add("X Name", "yes");
            response.headers.add("", "yes");
            response.headers.add("content-length", "99");
        } else if (request.target == "/throw") {
            throw std::runtime_error("on purpose");
        } else {
            response.text = request.method + " " + request.target;
            for (const auto& [name, value] : request.headers.all()) {
                response.text += fmt::format("|{}={}", name, value);
            }
        }
        co_return response;
    }
};

/// A client that writes and reads what the test says, byte for byte.
class RawClient {
  public:
    RawClient(runtime::IoThreads& threads, const std::string& address)
        : executor_(threads.executor(0)),
          stream_(run_to_end(executor_, threads.network(0).connect(address, false, 5s)).value()) {}

    ~RawClient() { run_to_end(executor_, end(std::move(stream_))); }

    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string text) { run_to_end(executor_, write(stream_.get(), std::move(text))); }

    /// Reads until `mark` has come (or the connection ends); returns all up to its end.
    std::string read_to(const std::string& mark) {
        return run_to_end(executor_, read(stream_.get(), &received_, mark));
    }

    /// All until the server ends the connection.
    std::string read_all() { return run_to_end(executor_, read(stream_.get(), &received_, "")); }

    void stop_sending() { run_to_end(executor_, shutdown(stream_.get())); }

  private:
    static Task<void> end(std::unique_ptr<Stream> stream) {
        stream->close();
        co_return;
    }

    static Task<void> shutdown(Stream* stream) {
        stream->shutdown_write();
        co_return;
    }

    static Task<void> write(Stream* stream, std::string text) {
        std::vector<ByteView> pieces{as_bytes(text)};
        co_await stream->write_all(std::move(pieces));
    }

    static Task<std::string> read(Stream* stream, std::string* received, std::string mark) {
        Bytes buffer(16 * kKiB);
        while (true) {
            const std::size_t found = mark.empty() ? std::string::npos : received->find(mark);
            if (found != std::string::npos) {
                std::string result = received->substr(0, found + mark.size());
                received->erase(0, found + mark.size());
                co_return result;
            }
            const auto count = co_await stream->read_some(buffer);
            if (!count || *count == 0) {
                co_return std::exchange(*received, "");
            }
            *received += as_text(ByteView(buffer).first(*count));
        }
    }

    runtime::Executor& executor_;
    std::unique_ptr<Stream> stream_;
    std::string received_;
};

class ServerTest : public testing::Test {
  protected:
    explicit ServerTest(ServerOptions options = {}) {
        options.listen = {"127.0.0.1:0"};
        options.head_bytes_max = 4 * kKiB;
        options.body_bytes_max = 3 * kMiB;
        options.drain_bytes_max = 64 * kKiB;
        server_ = std::make_unique<Server>(std::move(options), handler_, threads_);
        EXPECT_TRUE(server_->start());
    }

    ~ServerTest() override {
        stop(0s);
        threads_.stop();
    }

    void stop(runtime::Duration patience) {
        run_to_end(threads_.executor(1), server_->stop(patience));
    }

    RawClient connect() { return RawClient(threads_, server_->addresses().front()); }

    /// One connection, one message, everything that came back until the server closed.
    std::string exchange(std::string text) {
        RawClient client = connect();
        client.send(std::move(text));
        return client.read_all();
    }

    /// The status line of the answer.
    std::string refusal(std::string text) {
        const std::string answer = exchange(std::move(text));
        return answer.substr(0, answer.find("\r\n"));
    }

    runtime::IoThreads threads_{2};
    TestHandler handler_;
    std::unique_ptr<Server> server_;
};

const std::string kClose = "Host: h\r\nConnection: close\r\n\r\n";

TEST_F(ServerTest, answers_with_length_date_and_body) {
    const std::string answer = exchange("GET /x HTTP/1.1\r\n" + kClose);

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    EXPECT_NE(answer.find(" GMT\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\nContent-Length: 30\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\nGET /x|Host=h|Connection=close"));
}

TEST_F(ServerTest, passes_the_target_on_as_the_bytes_that_were_sent) {
    const std::string target = "/b/a%20b+c%2f\xC3\xBC//../.?acl&x=%zz";

    EXPECT_NE(exchange("GET " + target + " HTTP/1.1\r\n" + kClose).find("GET " + target + "|"),
              std::string::npos);
}

TEST_F(ServerTest, keeps_repeated_fields_in_order) {
    const std::string answer =
        exchange("GET / HTTP/1.1\r\nX-A: 1\r\nx-a:  2 \r\nX-E:\r\n" + kClose);

    EXPECT_NE(answer.find("|X-A=1|x-a=2|X-E=|Host"), std::string::npos);
}

TEST_F(ServerTest, serves_one_request_after_the_other_on_one_connection) {
    RawClient client = connect();

    for (int i = 0; i < 3; ++i) {
        client.send(fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", i));
        EXPECT_NE(client.read_to("|Host=h").find(fmt::format("GET /{}", i)), std::string::npos);
    }
    EXPECT_EQ(server_->counts().requests, 3U);
    EXPECT_EQ(server_->counts().connections, 1U);
}

TEST_F(ServerTest, answers_pipelined_requests_in_order) {
    const std::string answer = exchange(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
        "\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndefg\r\n0\r\n\r\n"
        "GET /4 HTTP/1.1\r\n" +
        kClose);

    const std::size_t first = answer.find("\r\n\r\nabc");
    const std::size_t second = answer.find("GET /2");
    const std::size_t third = answer.find("\r\n\r\ndefg");
    const std::size_t fourth = answer.find("GET /4");
    ASSERT_NE(fourth, std::string::npos);
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_LT(third, fourth);
}

TEST_F(ServerTest, takes_a_head_that_comes_byte_by_byte) {
    RawClient client = connect();

    for (const char c : std::string("GET /slow HTTP/1.1\r\n") + kClose) {
        client.send(std::string(1, c));
    }

    EXPECT_NE(client.read_all().find("GET /slow"), std::string::npos);
}

TEST_F(ServerTest, takes_an_empty_chunked_body_that_comes_byte_by_byte) {
    RawClient client = connect();
    client.send("PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n" +
                kClose);
    client.read_to("\r\n\r\n");

    for (const char c : std::string("0\r\n\r\n")) {
        client.send(std::string(1, c));
    }

    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, reads_bodies_of_known_length_and_chunked_ones) {
    const std::string body(1'000'000, 'b');

    const std::string sized = exchange(
        fmt::format("PUT /echo HTTP/1.1\r\nContent-Length: {}\r\n{}{}", body.size(), kClose, body));
    const std::string chunked = exchange(
        fmt::format("PUT /echo HTTP/1.1\r\nTransfer-Encoding: "
                    "Chunked\r\n{}{:X};ext=\"1\"\r\n{}\r\n1\r\nz\r\n0\r\nTrailer: x\r\n\r\n",
                    kClose,
                    body.size(),
                    body));

    EXPECT_TRUE(sized.ends_with("\r\n\r\n" + body));
    EXPECT_TRUE(chunked.ends_with("\r\n\r\n" + body + "z"));
}

TEST_F(ServerTest, sends_continue_when_the_body_is_read) {
    RawClient client = connect();
    client.send("PUT /echo HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + kClose);

    EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    EXPECT_TRUE(client.read_all().ends_with("\r\n\r\nhi"));
}

TEST_F(ServerTest, sends_no_continue_when_the_body_is_not_wanted) {
    RawClient client = connect();
    client.send(
        "PUT /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");

    const std::string answer = client.read_to("\r\n\r\n");

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK"));
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(ServerTest, sends_continue_before_the_answer_to_an_empty_body_and_keeps_the_connection) {
    RawClient client = connect();
    client.send(
        "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");

    EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_TRUE(client.read_to("\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
    client.send("GET /empty-stream HTTP/1.1\r\n" + kClose);
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, streams_with_a_length_or_in_chunks) {
    const std::string sized = exchange("GET /sized HTTP/1.1\r\n" + kClose);
    const std::string chunked = exchange("GET /stream HTTP/1.1\r\n" + kClose);
    const std::string empty = exchange("GET /empty-stream HTTP/1.1\r\n" + kClose);

    EXPECT_NE(sized.find("Content-Length: 6\r\n"), std::string::npos);
    EXPECT_TRUE(sized.ends_with("\r\n\r\nonetwo"));
    EXPECT_NE(chunked.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_TRUE(chunked.ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
    EXPECT_NE(empty.find("Content-Length: 0\r\n"), std::string::npos);
}

TEST_F(ServerTest, cuts_an_answer_whose_stream_fails_or_ends_early) {
    EXPECT_TRUE(exchange("GET /broken HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("3\r\none\r\n"));
    EXPECT_TRUE(exchange("GET /short HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("\r\n\r\none"));
}

TEST_F(ServerTest, sends_no_body_for_head_204_and_304) {
    const std::string head = exchange("HEAD /sized HTTP/1.1\r\n" + kClose);
    const std::string none = exchange("GET /none HTTP/1.1\r\n" + kClose);
    const std::string not_modified = exchange("GET /not-modified HTTP/1.1\r\n" + kClose);

    EXPECT_NE(head.find("Content-Length: 6\r\n"), std::string::npos);
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
    EXPECT_EQ(none.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(none.ends_with("\r\n\r\n"));
    EXPECT_NE(not_modified.find("Content-Length: 77\r\n"), std::string::npos);
    EXPECT_TRUE(not_modified.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, speaks_http_1_0) {
    EXPECT_TRUE(exchange("GET /stream HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nonetwo"));
    EXPECT_EQ(exchange("GET /stream HTTP/1.0\r\n\r\n").find("chunked"), std::string::npos);

    RawClient client = connect();
    client.send("GET /sized HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(client.read_to("onetwo").find("Connection: keep-alive\r\n"), std::string::npos);
    client.send("GET /again HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read_all().ends_with("GET /again"));
}

TEST_F(ServerTest, lets_no_header_value_add_a_field) {
    const std::string answer = exchange("GET /evil HTTP/1.1\r\n" + kClose);

    EXPECT_NE(answer.find("X-Meta: a  Injected: yes\r\n"), std::string::npos);
    EXPECT_NE(answer.find("X-Bytes: a b c d\te\xE4\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("\nInjected"), std::string::npos);
    EXPECT_EQ(answer.find("Name"), std::string::npos);
    EXPECT_EQ(answer.find("\n: "), std::string::npos);
    EXPECT_EQ(answer.find("99"), std::string::npos);
    EXPECT_NE(answer.find("Content-Length: 0\r\n"), std::string::npos);
}

TEST_F(ServerTest, a_handler_that_throws_costs_one_request) {
    EXPECT_EQ(refusal("GET /throw HTTP/1.1\r\n" + kClose), "HTTP/1.1 500 Internal Server Error");
}

TEST_F(ServerTest, refuses_what_is_not_http) {
    for (const std::string text : {"GET / HTTP/1.1 x\r\n\r\n",
                                   "GET /\r\nHost: h\r\n\r\n",
                                   "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
                                   "GE\tT / HTTP/1.1\r\nHost: h\r\n\r\n",
                                   "\x16\x03\x01\x02",
                                   "GET / HTTP/1.1\r\nHost h\r\n\r\n",
                                   "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
                                   "GET / HTTP/1.1\nHost: h\n\n\r\n\r\n",
                                   "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
                                   "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"}) {
        EXPECT_EQ(refusal(text), "HTTP/1.1 400 Bad Request") << text;
    }
}

TEST_F(ServerTest, refuses_a_request_without_one_host) {
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), "HTTP/1.1 400 Bad Request");
}

TEST_F(ServerTest, refuses_bodies_that_two_servers_might_read_in_two_ways) {
    const std::map<std::string, std::string> cases{
        {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "400 Bad Request"},
        {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "400 Bad Request"},
        {"Content-Length: 3\r\nContent-Length: 3\r\n", "400 Bad Request"},
        {"Content-Length: 3, 3\r\n", "400 Bad Request"},
        {"Content-Length: +3\r\n", "400 Bad Request"},
        {"Content-Length: -3\r\n", "400 Bad Request"},
        {"Content-Length: 0x3\r\n", "400 Bad Request"},
        {"Content-Length: \r\n", "400 Bad Request"},
        {"Content-Length: 99999999999999999999999\r\n", "400 Bad Request"},
        {"Transfer-Encoding: gzip\r\n", "501 Not Implemented"},
        {"Transfer-Encoding: chunked, gzip\r\n", "501 Not Implemented"},
        {"Transfer-Encoding: gzip, chunked\r\n", "501 Not Implemented"},
        {"Transfer-Encoding: xchunked\r\n", "501 Not Implemented"},
        {"X-A: 1\r\n folded\r\n", "400 Bad Request"},
        {"X-A:\r\n\tfolded\r\n", "400 Bad Request"},
        {"Transfer-Encoding:\r\n chunked\r\n", "400 Bad Request"},
        {"Expect: something\r\n", "417 Expectation Failed"},
    };
    for (const auto& [fields, expected] : cases) {
        EXPECT_EQ(refusal("POST /echo HTTP/1.1\r\n" + fields + kClose + "abc"),
                  "HTTP/1.1 " + expected)
            << fields;
    }
    EXPECT_EQ(refusal("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              "HTTP/1.1 400 Bad Request");
}

TEST_F(ServerTest, refuses_heads_and_bodies_that_are_too_large) {
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n" + kClose),
              "HTTP/1.1 431 Request Header Fields Too Large");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(20000, 'x')),
              "HTTP/1.1 431 Request Header Fields Too Large");
    EXPECT_EQ(refusal("PUT /echo HTTP/1.1\r\nContent-Length: 4000000\r\n" + kClose),
              "HTTP/1.1 413 Content Too Large");
}

TEST_F(ServerTest, tells_the_handler_of_a_chunked_body_that_is_too_large) {
    const std::string chunk = fmt::format("100000\r\n{}\r\n", std::string(1 << 20, 'x'));

    const std::string answer = exchange("PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" +
                                        kClose + chunk + chunk + chunk + "1\r\nx\r\n0\r\n\r\n");

    EXPECT_TRUE(answer.ends_with("EntityTooLarge"));
}

TEST_F(ServerTest, tells_the_handler_of_a_body_that_breaks_off) {
    RawClient client = connect();
    client.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    client.stop_sending();

    const std::string answer = client.read_all();

    EXPECT_TRUE(answer.ends_with("IncompleteBody"));
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(ServerTest, tells_the_handler_of_a_malformed_chunk) {
    const std::string start = "PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    EXPECT_TRUE(exchange(start + "xyz\r\nabc\r\n0\r\n\r\n").ends_with("InvalidRequest"));
    EXPECT_TRUE(exchange(start + "3\r\nabcX\r\n0\r\n\r\n").ends_with("InvalidRequest"));
    EXPECT_TRUE(exchange(start + "FFFFFFFFFFFFFFFFFF\r\nabc").ends_with("InvalidRequest"));
    EXPECT_TRUE(exchange(start + "3;" + std::string(100000, 'x')).ends_with("InvalidRequest"));
}

TEST_F(ServerTest, drains_a_small_unread_body_and_goes_on) {
    RawClient client = connect();
    client.send("PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" +
                std::string(60000, 'x') + "GET /2 HTTP/1.1\r\n" + kClose);

    const std::string answer = client.read_all();

    EXPECT_NE(answer.find("PUT /1"), std::string::npos);
    EXPECT_NE(answer.find("GET /2"), std::string::npos);
}

TEST_F(ServerTest, ends_the_connection_after_a_large_unread_body) {
    RawClient client = connect();
    client.send("PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");

    const std::string head = client.read_to("\r\n\r\n");
    client.send(std::string(1000000, 'x'));
    client.stop_sending();

    EXPECT_NE(head.find("Connection: close"), std::string::npos);
    EXPECT_EQ(client.read_all().find("HTTP/1.1"), std::string::npos);
}

class ImpatientServerTest : public ServerTest {
  protected:
    ImpatientServerTest() : ServerTest(ServerOptions{.idle_timeout = 50ms, .connections_max = 2}) {}
};

TEST_F(ImpatientServerTest, ends_an_idle_connection_without_a_word) {
    EXPECT_EQ(connect().read_all(), "");
}

TEST_F(ImpatientServerTest, answers_408_to_half_a_head) {
    EXPECT_EQ(refusal("GET / HTT"), "HTTP/1.1 408 Request Timeout");
}

TEST_F(ImpatientServerTest, tells_the_handler_of_a_body_that_stalls) {
    EXPECT_TRUE(exchange("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
                    .ends_with("Timeout"));
}

TEST_F(ImpatientServerTest, ends_connections_beyond_the_limit) {
    RawClient first = connect();
    RawClient second = connect();
    first.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    first.read_to("|Host=h");
    second.send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    second.read_to("|Host=h");

    EXPECT_EQ(exchange("GET /3 HTTP/1.1\r\n" + kClose), "");
}

Task<bool> wait_for_entry(TestHandler* handler) {
    co_return co_await handler->entered.wait();
}

TEST_F(ServerTest, stopping_ends_idle_connections_and_lets_requests_finish) {
    RawClient idle = connect();
    idle.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    idle.read_to("|Host=h");
    RawClient busy = connect();
    busy.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    run_to_end(threads_.executor(0), wait_for_entry(&handler_));

    std::promise<void> stopped;
    runtime::start(threads_.executor(1), server_->stop(1h), [&] { stopped.set_value(); });
    EXPECT_EQ(idle.read_all(), "");
    handler_.release.set(true);
    const std::string answer = busy.read_all();
    stopped.get_future().wait();

    EXPECT_TRUE(answer.ends_with("waited"));
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(server_->counts().connections, 0U);
}

TEST_F(ServerTest, stopping_cuts_what_does_not_end_in_time) {
    RawClient stuck = connect();
    stuck.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    RawClient other = connect();
    other.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    other.read_to("|Host=h");

    stop(1ms);

    EXPECT_EQ(stuck.read_all().find("200 OK"), std::string::npos);
    EXPECT_EQ(server_->counts().connections, 0U);
}

TEST_F(ServerTest, refuses_to_start_on_a_port_that_is_taken) {
    ServerOptions options;
    options.listen = {server_->addresses().front()};
    Server second(options, handler_, threads_);

    EXPECT_FALSE(second.start());
}

}  // namespace
}  // namespace antipode::http

#include "admin/webhook.h"

#include <atomic>
#include <future>
#include <mutex>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "http/server.h"
#include "runtime/io_threads.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// What operators put behind the address: answers as the test says and keeps what it was told.
class Listener final : public http::Handler {
  public:
    Task<http::Response> handle(http::Request& request) override {
        const std::string body =
            (co_await runtime::read_text(request.body.get(), kMiB)).value_or("");
        http::Response response;
        const std::scoped_lock lock(mutex);
        if (!answers.empty()) {
            response.status = answers.front();
            answers.erase(answers.begin());
        }
        const std::string time(request.headers.get("x-antipode-time"));
        const bool is_genuine =
            request.headers.get("x-antipode-signature") == webhook_signature("secret", time, body);
        if (is_genuine && response.status == 200) {
            told.push_back(std::string(boost::json::parse(body).at("text").as_string()));
        }
        co_return response;
    }

    std::vector<std::string> heard() {
        const std::scoped_lock lock(mutex);
        return told;
    }

    std::mutex mutex;
    std::vector<int> answers;
    std::vector<std::string> told;
};

template <typename Work>
void run_on(runtime::Executor& executor, Work work) {
    std::promise<void> done;
    executor.post([&done, &work] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

Task<void> nap() {
    co_await runtime::sleep_for(10ms);
}

struct Telling : testing::Test {
    Telling() {
        http::ServerOptions options;
        options.listen = {"127.0.0.1:0"};
        server.emplace(options, listener, threads);
        run_on(threads.executor(0), [this] { EXPECT_TRUE(server->start()); });
        WebhookOptions to;
        to.address = server->addresses().front();
        to.secret = "secret";
        to.region = "cn-hangzhou";
        webhook.emplace(std::move(to), events);
        run_on(threads.executor(0), [this] { webhook->start(threads.network(0)); });
    }

    ~Telling() override {
        runtime::run_to_end(threads.executor(0), webhook->stop());
        runtime::run_to_end(threads.executor(0), server->stop(1s));
        threads.stop();
    }

    void wait_for(std::size_t count) {
        for (int look = 0; look < 2000 && listener.heard().size() < count; ++look) {
            runtime::run_to_end(threads.executor(0), nap());
        }
    }

    runtime::IoThreads threads{1};
    EventLog events;
    Listener listener;
    std::optional<http::Server> server;
    std::optional<Webhook> webhook;
};

TEST_F(Telling, posts_events_in_order_signed_and_again_until_they_are_taken) {
    {
        const std::scoped_lock lock(listener.mutex);
        listener.answers = {503};
    }
    events.add({}, "here", "one", "replication.late");
    events.add({}, "here", "two", "replication.caught-up");

    wait_for(2);

    EXPECT_THAT(listener.heard(), ElementsAre("one", "two"));
}

TEST_F(Telling, knows_a_forged_event_by_its_signature) {
    EXPECT_NE(webhook_signature("secret", "1", "a"), webhook_signature("secret", "1", "b"));
    EXPECT_NE(webhook_signature("secret", "1", "a"), webhook_signature("secret", "2", "a"));
    EXPECT_NE(webhook_signature("secret", "1", "a"), webhook_signature("other", "1", "a"));
}

}  // namespace
}  // namespace antipode::admin

#include "server/front_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace antipode::server {
namespace {

class Named final : public http::Handler {
  public:
    explicit Named(std::string name) : name_(std::move(name)) {}

    Task<http::Response> handle(http::Request&) override {
        http::Response response;
        response.text = name_;
        co_return response;
    }

  private:
    std::string name_;
};

Task<void> collect(FrontDoor& door, http::Request& request, http::Response& into) {
    into = co_await door.handle(request);
}

struct Door : testing::Test {
    std::string answer(const std::string& target, const std::string& host = "127.0.0.1:9000") {
        http::Request request;
        request.method = "GET";
        request.target = target;
        request.headers.set("host", host);
        http::Response response;
        runtime::start(executor, collect(door, request, response), [] {});
        executor.run_ready();
        return std::to_string(response.status) + " " +
               response.text.substr(0, response.text.find('\n'));
    }

    void open() { door.open({.objects = &objects, .admin = &admin, .peer = &peer}); }

    runtime::SimExecutor executor{1};
    Named objects{"objects"};
    Named admin{"admin"};
    Named peer{"peer"};
    Named metrics{"metrics"};
    FrontDoor door{protocol::VirtualHosts({"storage.example.com"}), &metrics};
};

TEST_F(Door, answers_health_before_it_is_ready_and_nothing_else) {
    EXPECT_EQ(answer("/-/health/live"), "200 live");
    EXPECT_EQ(answer("/-/health/ready"), "503 not ready");
    EXPECT_EQ(answer("/-/metrics"), "200 metrics");
    EXPECT_EQ(answer("/bucket/key"), "503 not ready");
    EXPECT_EQ(answer("/-/admin/v1/zones"), "503 not ready");
    EXPECT_EQ(answer("/-/peer/apply"), "503 not ready");
}

TEST_F(Door, still_answers_when_it_is_about_to_stop_but_asks_for_no_more) {
    open();

    door.announce_stop();

    EXPECT_EQ(answer("/-/health/ready"), "503 not ready");
    EXPECT_EQ(answer("/bucket/key"), "200 objects");
}

TEST_F(Door, sends_each_request_to_its_room) {
    open();

    EXPECT_EQ(answer("/-/health/ready"), "200 ready");
    EXPECT_EQ(answer("/"), "200 objects");
    EXPECT_EQ(answer("/bucket/key?acl"), "200 objects");
    EXPECT_EQ(answer("/-/admin/v1/zones"), "200 admin");
    EXPECT_EQ(answer("/-/peer/apply?x=1"), "200 peer");
    EXPECT_THAT(answer("/-/other"), testing::StartsWith("404"));
    EXPECT_EQ(answer("/-bucket"), "200 objects");
}

TEST_F(Door, leaves_keys_that_look_like_its_own_to_a_bucket_named_by_the_host) {
    open();

    EXPECT_EQ(answer("/-/health/live", "pictures.storage.example.com"), "200 objects");
    EXPECT_EQ(answer("/-/admin/v1/zones", "pictures.localhost:9000"), "200 objects");
}

}  // namespace
}  // namespace antipode::server

#include "protocol/form.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "protocol/post_policy.h"
#include "runtime/pieces_source.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace antipode::protocol {
namespace {

struct Outcome {
    Result<Form> form = fail(ErrorCode::Internal);
    std::string file;
    std::optional<Error> file_error;
};

Task<void> read_all(std::string body, std::size_t piece, Outcome* outcome) {
    auto source = std::make_unique<runtime::PiecesSource>(std::move(body), piece);
    outcome->form = co_await read_form(std::move(source), "bound");
    while (outcome->form) {
        auto chunk = co_await outcome->form->file->next();
        if (!chunk) {
            outcome->file_error = chunk.error();
            co_return;
        }
        if (chunk->empty()) {
            co_return;
        }
        outcome->file += as_text(*chunk);
    }
}

Outcome read(std::string body, std::size_t piece = 7) {
    runtime::SimExecutor executor(1, false);
    runtime::TaskGroup group;
    Outcome outcome;
    group.spawn(executor, read_all(std::move(body), piece, &outcome));
    executor.run();
    return outcome;
}

const std::string kFields =
    "preamble\r\n--bound\r\nContent-Disposition: form-data; "
    "name=\"Key\"\r\n\r\na/b\r\n--bound\r\ncontent-disposition: form-data; "
    "name=\"empty\"\r\nContent-Type: text/plain\r\n\r\n\r\n--bound\r\nContent-Disposition: "
    "form-data; name=\"file\"; "
    "filename=\"q\\\"; x=1.txt\"\r\nContent-Type: image/png\r\n\r\n";

TEST(Form, gives_fields_and_file_at_every_cut) {
    const std::string file = "data\r\n--boun\r\n\r\nmore\r\n--";
    const std::string body =
        kFields + file +
        "\r\n--bound\r\nContent-Disposition: form-data; name=\"after\"\r\n\r\nx\r\n--bound--\r\n";
    for (std::size_t piece = 1; piece <= body.size(); piece += 3) {
        const Outcome outcome = read(body, piece);
        ASSERT_TRUE(outcome.form) << piece;
        EXPECT_EQ(outcome.form->get("key"), "a/b");
        ASSERT_NE(outcome.form->find("EMPTY"), nullptr);
        EXPECT_EQ(outcome.form->fields.size(), 2U);
        EXPECT_EQ(outcome.form->file_name, "q\"; x=1.txt");
        EXPECT_EQ(outcome.form->file_type, "image/png");
        EXPECT_FALSE(outcome.file_error);
        EXPECT_EQ(outcome.file, file);
    }
}

TEST(Form, tells_a_file_that_is_cut_off) {
    const Outcome outcome = read(kFields + "data\r\n--boun");
    ASSERT_TRUE(outcome.file_error);
    EXPECT_EQ(outcome.file_error->code, ErrorCode::IncompleteBody);
}

TEST(Form, refuses_what_is_no_form) {
    EXPECT_FALSE(read("").form);
    EXPECT_FALSE(read("nothing").form);
    EXPECT_FALSE(read("--bound--\r\n").form);
    EXPECT_FALSE(read(kFields.substr(0, 100)).form);
    const std::string huge = "--bound\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n" +
                             std::string(70000, 'x') + "\r\n" + kFields;
    EXPECT_EQ(read(huge, 1000).form.error().code, ErrorCode::EntityTooLarge);
    std::string many;
    for (int i = 0; i < 300; ++i) {
        many += "--bound\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nx\r\n";
    }
    EXPECT_FALSE(read(many + kFields, 1000).form);
}

TEST(Form, finds_its_boundary) {
    http::Request request;
    request.method = "POST";
    request.headers.add("Content-Type", "multipart/form-data; charset=utf-8; boundary=\"a b\"");
    EXPECT_EQ(form_boundary(request), "a b");
    request.headers.set("Content-Type", "Multipart/Form-Data;boundary=abc");
    EXPECT_EQ(form_boundary(request), "abc");
    request.headers.set("Content-Type", "multipart/form-data");
    EXPECT_EQ(form_boundary(request), std::nullopt);
    request.headers.set("Content-Type", "application/xml");
    EXPECT_EQ(form_boundary(request), std::nullopt);
}

TEST(PostPolicy, is_read_and_checked) {
    const auto policy = parse_post_policy(
        R"({"expiration":"2030-01-01T00:00:00Z","conditions":[{"Bucket":"b"},["eq","$Key","k"],["starts-with","$x-a","p"],["content-length-range",1,2]]})");
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->length_min, 1U);
    EXPECT_EQ(policy->length_max, 2U);
    const codec::UtcTime now = policy->expiration - std::chrono::seconds(1);
    const NamedValues good = {
        {"bucket", "b"}, {"key", "k"}, {"x-a", "pq"}, {"x-ignore-me", "1"}, {"policy", "z"}};
    EXPECT_TRUE(check_post_policy(*policy, good, {"policy"}, now));
    EXPECT_FALSE(check_post_policy(*policy, good, {"policy"}, now + std::chrono::seconds(2)));
    EXPECT_FALSE(check_post_policy(*policy, good, {}, now));
    NamedValues other = good;
    other[1].second = "other";
    EXPECT_FALSE(check_post_policy(*policy, other, {"policy"}, now));
    other = good;
    other.erase(other.begin() + 2);
    EXPECT_FALSE(check_post_policy(*policy, other, {"policy"}, now));
}

TEST(PostPolicy, may_name_values_that_a_field_has_or_has_not) {
    const auto policy = parse_post_policy(
        R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["in","$a",["1","2"]],["not-in","$b",["3"]]]})");
    ASSERT_TRUE(policy);
    const codec::UtcTime now = policy->expiration;
    EXPECT_TRUE(check_post_conditions(*policy, {{"a", "2"}, {"b", "4"}, {"more", ""}}, now));
    EXPECT_FALSE(check_post_conditions(*policy, {{"a", "3"}}, now));
    EXPECT_FALSE(check_post_conditions(*policy, {{"a", "1"}, {"b", "3"}}, now));
}

TEST(PostPolicy, refuses_what_it_does_not_understand) {
    for (const char* bad :
         {"",
          "[]",
          "{}",
          R"({"expiration":"soon","conditions":[]})",
          R"({"expiration":"2030-01-01T00:00:00Z"})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["matches","$key","x"]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["eq","key","x"]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["in","$key","x"]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["in","$key",[1]]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",-1,2]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[{"key":1}]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":["x"]})"}) {
        EXPECT_FALSE(parse_post_policy(bad)) << bad;
    }
}

}  // namespace
}  // namespace antipode::protocol

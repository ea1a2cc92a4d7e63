#include "runtime/read_text.h"

#include <gtest/gtest.h>

#include "runtime/pieces_source.h"
#include "runtime/run_to_end.h"

namespace antipode::runtime {
namespace {

Result<std::string> read(ByteSource* source, std::size_t bytes_max) {
    SimExecutor executor(1);
    return run_to_end(executor, read_text(source, bytes_max));
}

TEST(ReadText, puts_the_pieces_together) {
    PiecesSource source("hello world", 3);

    EXPECT_EQ(read(&source, 11).value(), "hello world");
}

TEST(ReadText, takes_no_body_as_an_empty_one) {
    EXPECT_EQ(read(nullptr, 0).value(), "");
}

TEST(ReadText, refuses_a_byte_more_than_allowed) {
    PiecesSource source("hello world", 3);

    const auto text = read(&source, 10);

    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::EntityTooLarge);
}

}  // namespace
}  // namespace antipode::runtime

#include "protocol/paced_body.h"

#include <gtest/gtest.h>

#include "runtime/pieces_source.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"

namespace antipode::protocol {
namespace {

using namespace std::chrono_literals;

TEST(PacedBody, takes_the_time_that_its_bytes_need_and_changes_none) {
    runtime::SimExecutor executor(1);
    const std::string text(100'000, 'x');
    PacedBody body(std::make_unique<runtime::PiecesSource>(text, 40'000), 10'000);
    const runtime::Instant begin = executor.now();

    const auto read = runtime::run_to_end(executor, runtime::read_text(&body, text.size()));

    EXPECT_EQ(read.value(), text);
    EXPECT_GE(executor.now() - begin, 9800ms);
    EXPECT_LE(executor.now() - begin, 10'100ms);
}

TEST(PacedBody, gives_the_first_piece_at_once) {
    runtime::SimExecutor executor(1);
    PacedBody body(std::make_unique<runtime::PiecesSource>(std::string(50'000, 'x'), 50'000),
                   8'000);
    const runtime::Instant begin = executor.now();

    const auto piece = runtime::run_to_end(executor, body.next());

    EXPECT_EQ(piece.value().size(), 1000U);
    EXPECT_EQ(executor.now(), begin);
}

}  // namespace
}  // namespace antipode::protocol

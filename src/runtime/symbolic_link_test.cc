#include "runtime/symbolic_link.h"

#include <gtest/gtest.h>

#include "runtime/file_system.h"
#include "runtime/temporary_directory.h"

namespace antipode::runtime {
namespace {

TEST(SymbolicLink, takes_the_place_of_an_earlier_one_but_not_of_a_directory) {
    const TemporaryDirectory directory;
    const auto files = make_posix_file_system();
    ASSERT_TRUE(files->create_directories(directory / "one"));
    ASSERT_TRUE(files->create_directories(directory / "two"));
    ASSERT_TRUE(files->write_file_atomically(directory / "two/x", "2"));

    ASSERT_TRUE(put_symbolic_link(directory / "link", directory / "one"));
    ASSERT_TRUE(put_symbolic_link(directory / "link", directory / "two"));

    EXPECT_TRUE(is_symbolic_link(directory / "link"));
    EXPECT_EQ(files->read_file(directory / "link/x").value(), "2");
    EXPECT_FALSE(is_symbolic_link(directory / "one"));
    EXPECT_FALSE(put_symbolic_link(directory / "one", directory / "two"));
    EXPECT_FALSE(is_symbolic_link(directory / "one"));
}

}  // namespace
}  // namespace antipode::runtime

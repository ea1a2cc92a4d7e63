#include "runtime/file_system.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "runtime/temporary_directory.h"

namespace antipode::runtime {
namespace {

class PosixFileSystem : public testing::Test {
  protected:
    TemporaryDirectory directory_;
    std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(PosixFileSystem, reads_back_what_was_written_at_an_offset) {
    auto file = files_->open(directory_ / "a", OpenFile{.create = true}).value();
    ASSERT_TRUE(file->write_at(5, as_bytes("hello")));
    ASSERT_TRUE(file->sync());

    Bytes read(5);
    ASSERT_TRUE(file->read_at(5, read));

    EXPECT_EQ(to_string(read), "hello");
    EXPECT_EQ(file->size().value(), 10U);
}

TEST_F(PosixFileSystem, fails_when_the_file_ends_before_the_range) {
    auto file = files_->open(directory_ / "a", OpenFile{.create = true}).value();
    ASSERT_TRUE(file->write_at(0, as_bytes("hello")));

    Bytes read(6);
    const auto result = file->read_at(0, read);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Io);
    EXPECT_NE(result.error().message.find("unexpected end"), std::string::npos);
}

TEST_F(PosixFileSystem, says_not_found_for_a_file_that_is_not_there) {
    EXPECT_EQ(files_->open(directory_ / "none", OpenFile{}).error().code, ErrorCode::NotFound);
    EXPECT_EQ(files_->read_file(directory_ / "none").error().code, ErrorCode::NotFound);
    EXPECT_EQ(files_->remove_file(directory_ / "none").error().code, ErrorCode::NotFound);
    EXPECT_EQ(files_->list(directory_ / "none").error().code, ErrorCode::NotFound);
}

TEST_F(PosixFileSystem, refuses_to_create_exclusively_what_exists) {
    ASSERT_TRUE(files_->open(directory_ / "a", OpenFile{.create = true, .exclusive = true}));

    const auto again = files_->open(directory_ / "a", OpenFile{.create = true, .exclusive = true});

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::Io);
}

TEST_F(PosixFileSystem, opens_direct_files_or_falls_back) {
    auto file = files_->open(directory_ / "d", OpenFile{.create = true, .direct = true}).value();
    constexpr std::size_t kBlock = 4096;
    auto* block = static_cast<std::byte*>(std::aligned_alloc(kBlock, kBlock));
    std::fill_n(block, kBlock, std::byte{7});
    EXPECT_TRUE(file->write_at(kBlock, {block, kBlock}));
    std::fill_n(block, kBlock, std::byte{0});

    EXPECT_TRUE(file->read_at(kBlock, {block, kBlock}));

    EXPECT_EQ(block[kBlock - 1], std::byte{7});
    std::free(block);
}

TEST_F(PosixFileSystem, replaces_a_file_atomically_and_leaves_no_temporary_file) {
    ASSERT_TRUE(files_->write_file_atomically(directory_ / "a", "a long first content"));
    ASSERT_TRUE(files_->write_file_atomically(directory_ / "a", "second"));

    EXPECT_EQ(files_->read_file(directory_ / "a").value(), "second");
    EXPECT_EQ(files_->list(directory_.path()).value(), std::vector<std::string>{"a"});
}

TEST_F(PosixFileSystem, lists_names_in_order) {
    for (const auto* name : {"b", "a", "c"}) {
        ASSERT_TRUE(files_->write_file_atomically(directory_ / name, ""));
    }

    EXPECT_EQ(files_->list(directory_.path()).value(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(PosixFileSystem, makes_and_removes_trees) {
    ASSERT_TRUE(files_->create_directories(directory_ / "x/y/z"));
    ASSERT_TRUE(files_->create_directories(directory_ / "x/y/z"));
    ASSERT_TRUE(files_->write_file_atomically(directory_ / "x/y/z/a", "1"));
    ASSERT_TRUE(files_->rename(directory_ / "x/y/z/a", directory_ / "x/b"));

    EXPECT_EQ(files_->read_file(directory_ / "x/b").value(), "1");
    EXPECT_TRUE(files_->remove_tree(directory_ / "x"));
    EXPECT_EQ(files_->list(directory_ / "x").error().code, ErrorCode::NotFound);
    EXPECT_GT(files_->free_bytes(directory_.path()).value(), 0U);
}

}  // namespace
}  // namespace antipode::runtime

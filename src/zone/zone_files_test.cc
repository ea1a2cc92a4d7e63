#include "zone/zone_files.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/fault_file_system.h"
#include "runtime/temporary_directory.h"

namespace antipode::zone {
namespace {

using testing::ElementsAre;

struct ZoneFilesTest : testing::Test {
    ~ZoneFilesTest() override { watch->disconnect(); }

    runtime::TemporaryDirectory directory;
    std::unique_ptr<runtime::FileSystem> disk = runtime::make_posix_file_system();
    runtime::FaultFileSystem faulty{*disk};
    std::vector<std::string> failures;
    std::shared_ptr<ZoneWatch> watch = std::make_shared<ZoneWatch>(
        [this](const Error& error) { failures.push_back(error.message); });
    ZoneFiles files{faulty, watch};
};

TEST_F(ZoneFilesTest, tell_the_watch_of_errors_of_the_disk_and_of_what_their_user_found) {
    faulty.set(directory.path(), {.fail_reads = true});

    EXPECT_FALSE(files.read_file(directory / "f"));
    files.report({ErrorCode::Corrupt, "a row is not what was written"});

    EXPECT_THAT(failures,
                ElementsAre(testing::HasSubstr("(injected)"), "a row is not what was written"));
}

TEST_F(ZoneFilesTest, answer_nothing_and_accuse_nobody_once_revoked) {
    const auto file = files.open(directory / "f", {.create = true}).value();

    files.revoke();

    EXPECT_EQ(file->sync().error().code, ErrorCode::Closed);
    EXPECT_EQ(files.read_file(directory / "f").error().code, ErrorCode::Closed);
    // As RocksDB passes it on: the code is lost.
    files.report({ErrorCode::Io, "rows: IO error: the zone was replaced"});
    EXPECT_THAT(failures, ElementsAre());
}

}  // namespace
}  // namespace antipode::zone

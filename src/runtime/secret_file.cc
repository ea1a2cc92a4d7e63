#include "runtime/secret_file.h"

#include <filesystem>
#include <system_error>

namespace antipode::runtime {

Result<void> write_secret_file(FileSystem& files,
                               const std::string& path,
                               const std::string& content) {
    using std::filesystem::perms;
    const std::string fresh = path + ".new";
    {
        TRY(const auto file, files.open(fresh, {.create = true}));
        std::error_code error;
        std::filesystem::permissions(fresh, perms::owner_read | perms::owner_write, error);
        if (error) {
            return fail(ErrorCode::Io, fresh + ": " + error.message());
        }
        TRY_VOID(file->truncate(0));
        TRY_VOID(file->write_at(0, as_bytes(content)));
        TRY_VOID(file->sync());
    }
    return files.rename(fresh, path);
}

}  // namespace antipode::runtime

#include "runtime/file_system.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace antipode::runtime {

namespace {

std::unexpected<Error> io_error(std::string_view what, const std::string& path, int error) {
    const ErrorCode code = error == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
    return fail(
        code, fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(error)));
}

/// Repeats a call that a signal interrupted.
template <typename Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

std::string parent_of(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}

    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    ~Descriptor() {
        if (value_ >= 0) {
            ::close(value_);
        }
    }

    [[nodiscard]] int get() const { return value_; }

  private:
    int value_;
};

class PosixFile final : public File {
  public:
    PosixFile(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<void> read_at(std::uint64_t offset, MutableByteView into) override {
        while (!into.empty()) {
            const ssize_t count = uninterrupted([&] {
                return ::pread(
                    descriptor_.get(), into.data(), into.size(), static_cast<off_t>(offset));
            });
            if (count < 0) {
                return io_error("read", path_, errno);
            }
            if (count == 0) {
                return fail(ErrorCode::Io,
                            fmt::format("cannot read {}: unexpected end at {}", path_, offset));
            }
            offset += static_cast<std::uint64_t>(count);
            into = into.subspan(static_cast<std::size_t>(count));
        }
        return {};
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        while (!bytes.empty()) {
            const ssize_t count = uninterrupted([&] {
                return ::pwrite(
                    descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            });
            if (count < 0) {
                return io_error("write", path_, errno);
            }
            offset += static_cast<std::uint64_t>(count);
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
        return {};
    }

    Result<void> sync() override {
        // Not repeated after EINTR or any other error: the pages may have been marked clean by the
        // failed try.
        if (::fdatasync(descriptor_.get()) != 0) {
            return io_error("sync", path_, errno);
        }
        return {};
    }

    Result<std::uint64_t> size() override {
        struct stat status{};
        if (::fstat(descriptor_.get(), &status) != 0) {
            return io_error("stat", path_, errno);
        }
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<void> truncate(std::uint64_t size) override {
        if (uninterrupted(
                [&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0) {
            return io_error("truncate", path_, errno);
        }
        return {};
    }

  private:
    Descriptor descriptor_;
    std::string path_;
};

class PosixFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenFile how) override {
        int flags = O_RDWR | O_CLOEXEC;
        flags |= how.create ? O_CREAT : 0;
        flags |= how.exclusive ? O_EXCL : 0;
        constexpr mode_t kMode = 0640;
        int descriptor = -1;
        if (how.direct) {
            descriptor =
                uninterrupted([&] { return ::open(path.c_str(), flags | O_DIRECT, kMode); });
        }
        // EINVAL: a file system without O_DIRECT (tmpfs, some overlays). It may have created the
        // file all the same.
        if (!how.direct || (descriptor < 0 && errno == EINVAL)) {
            const int plain = how.direct ? flags & ~O_EXCL : flags;
            descriptor = uninterrupted([&] { return ::open(path.c_str(), plain, kMode); });
        }
        if (descriptor < 0) {
            return io_error("open", path, errno);
        }
        return std::make_unique<PosixFile>(Descriptor(descriptor), path);
    }

    Result<void> create_directories(const std::string& path) override {
        std::error_code error;
        std::filesystem::create_directories(path, error);
        if (error) {
            return io_error("create directory", path, error.value());
        }
        return {};
    }

    Result<std::vector<std::string>> list(const std::string& path) override {
        std::vector<std::string> names;
        std::error_code error;
        std::filesystem::directory_iterator entry(path, error);
        while (!error && entry != std::filesystem::directory_iterator()) {
            names.push_back(entry->path().filename().string());
            entry.increment(error);
        }
        if (error) {
            return io_error("list", path, error.value());
        }
        std::ranges::sort(names);
        return names;
    }

    Result<void> remove_file(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) {
            return io_error("remove", path, errno);
        }
        return {};
    }

    Result<void> remove_tree(const std::string& path) override {
        std::error_code error;
        std::filesystem::remove_all(path, error);
        if (error) {
            return io_error("remove", path, error.value());
        }
        return {};
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) {
            return io_error("rename", from, errno);
        }
        TRY_VOID(sync_directory(parent_of(to)));
        if (parent_of(from) != parent_of(to)) {
            return sync_directory(parent_of(from));
        }
        return {};
    }

    Result<void> sync_directory(const std::string& path) override {
        const Descriptor directory(uninterrupted(
            [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
        if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
            return io_error("sync directory", path, errno);
        }
        return {};
    }

    Result<std::string> read_file(const std::string& path) override {
        const Descriptor file(
            uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
        if (file.get() < 0) {
            return io_error("open", path, errno);
        }
        std::string content;
        constexpr std::size_t kStep = 64 * 1024;
        while (true) {
            const std::size_t old_size = content.size();
            content.resize(old_size + kStep);
            const ssize_t count =
                uninterrupted([&] { return ::read(file.get(), content.data() + old_size, kStep); });
            if (count < 0) {
                return io_error("read", path, errno);
            }
            content.resize(old_size + static_cast<std::size_t>(count));
            if (count == 0) {
                return content;
            }
        }
    }

    Result<void> write_file_atomically(const std::string& path,
                                       const std::string& content) override {
        const std::string temporary = path + ".tmp";
        {
            TRY(auto file, open(temporary, OpenFile{.create = true}));
            TRY_VOID(file->truncate(0));
            TRY_VOID(file->write_at(0, as_bytes(content)));
            TRY_VOID(file->sync());
        }
        return rename(temporary, path);
    }

    Result<std::uint64_t> free_bytes(const std::string& path) override {
        struct statvfs status{};
        if (::statvfs(path.c_str(), &status) != 0) {
            return io_error("stat", path, errno);
        }
        return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
    }
};

}  // namespace

Result<std::unique_ptr<FileLock>> FileSystem::lock(const std::string& path) {
    return FileLock::acquire(path);
}

std::optional<FileLock::FileId> FileSystem::lock_id(const std::string& path) {
    return FileLock::id_of(path);
}

std::unique_ptr<FileSystem> make_posix_file_system() {
    return std::make_unique<PosixFileSystem>();
}

}  // namespace antipode::runtime

#include "zone/zone_files.h"

#include <utility>

namespace antipode::zone {

struct ZoneFiles::Gate {
    explicit Gate(std::shared_ptr<ZoneWatch> zone_watch) : watch(std::move(zone_watch)) {}

    template <typename Call>
    auto through(Call call) -> decltype(call()) {
        if (is_revoked.load()) {
            return fail(ErrorCode::Closed, "the zone was replaced");
        }
        ZoneOperation operation(watch);
        auto result = operation.done(call());
        if (is_revoked.load()) {
            return fail(ErrorCode::Closed, "the zone was replaced");
        }
        return result;
    }

    std::shared_ptr<ZoneWatch> watch;
    std::atomic<bool> is_revoked = false;
};

namespace {

class GatedFile final : public runtime::File {
  public:
    GatedFile(std::unique_ptr<runtime::File> inner, std::shared_ptr<ZoneFiles::Gate> gate)
        : inner_(std::move(inner)), gate_(std::move(gate)) {}

    Result<void> read_at(std::uint64_t offset, MutableByteView into) override {
        return gate_->through([&] { return inner_->read_at(offset, into); });
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        return gate_->through([&] { return inner_->write_at(offset, bytes); });
    }

    Result<void> sync() override {
        return gate_->through([&] { return inner_->sync(); });
    }

    Result<std::uint64_t> size() override {
        return gate_->through([&] { return inner_->size(); });
    }

    Result<void> truncate(std::uint64_t size) override {
        return gate_->through([&] { return inner_->truncate(size); });
    }

  private:
    std::unique_ptr<runtime::File> inner_;
    std::shared_ptr<ZoneFiles::Gate> gate_;
};

}  // namespace

ZoneFiles::ZoneFiles(runtime::FileSystem& inner, std::shared_ptr<ZoneWatch> watch)
    : inner_(inner), gate_(std::make_shared<Gate>(std::move(watch))) {}

void ZoneFiles::revoke() {
    gate_->is_revoked = true;
}

bool ZoneFiles::is_revoked() const {
    return gate_->is_revoked.load();
}

void ZoneFiles::report(const Error& error) {
    if (!is_revoked()) {
        gate_->watch->report_failure(error);
    }
}

Result<std::unique_ptr<runtime::File>> ZoneFiles::open(const std::string& path,
                                                       runtime::OpenFile how) {
    TRY(auto file, gate_->through([&] { return inner_.open(path, how); }));
    return std::make_unique<GatedFile>(std::move(file), gate_);
}

Result<void> ZoneFiles::create_directories(const std::string& path) {
    return gate_->through([&] { return inner_.create_directories(path); });
}

Result<std::vector<std::string>> ZoneFiles::list(const std::string& path) {
    return gate_->through([&] { return inner_.list(path); });
}

Result<void> ZoneFiles::remove_file(const std::string& path) {
    return gate_->through([&] { return inner_.remove_file(path); });
}

Result<void> ZoneFiles::remove_tree(const std::string& path) {
    return gate_->through([&] { return inner_.remove_tree(path); });
}

Result<void> ZoneFiles::rename(const std::string& from, const std::string& to) {
    return gate_->through([&] { return inner_.rename(from, to); });
}

Result<void> ZoneFiles::sync_directory(const std::string& path) {
    return gate_->through([&] { return inner_.sync_directory(path); });
}

Result<std::string> ZoneFiles::read_file(const std::string& path) {
    return gate_->through([&] { return inner_.read_file(path); });
}

Result<void> ZoneFiles::write_file_atomically(const std::string& path, const std::string& content) {
    return gate_->through([&] { return inner_.write_file_atomically(path, content); });
}

Result<std::uint64_t> ZoneFiles::free_bytes(const std::string& path) {
    return gate_->through([&] { return inner_.free_bytes(path); });
}

}  // namespace antipode::zone

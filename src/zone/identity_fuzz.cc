#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "zone/identity.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

/// Small files in memory: what zone/identity.cc asks of a disk.
class Files final : public runtime::FileSystem {
  public:
    std::map<std::string, std::string> content;

    Result<std::string> read_file(const std::string& path) override {
        const auto found = content.find(path);
        return found == content.end() ? fail(ErrorCode::NotFound, path)
                                      : Result<std::string>(found->second);
    }

    Result<void> write_file_atomically(const std::string& path, const std::string& text) override {
        content[path] = text;
        return {};
    }

    Result<std::vector<std::string>> list(const std::string& path) override {
        std::vector<std::string> names;
        for (const auto& [name, text] : content) {
            names.push_back(name.substr(path.size() + 1));
        }
        return names;
    }

    Result<std::unique_ptr<runtime::File>> open(const std::string&, runtime::OpenFile) override {
        return none();
    }

    Result<void> create_directories(const std::string&) override { return none(); }

    Result<void> remove_file(const std::string&) override { return none(); }

    Result<void> remove_tree(const std::string&) override { return none(); }

    Result<void> rename(const std::string&, const std::string&) override { return none(); }

    Result<void> sync_directory(const std::string&) override { return none(); }

    Result<std::uint64_t> free_bytes(const std::string&) override { return 0; }

  private:
    static std::unexpected<Error> none() { return fail(ErrorCode::Io, "not here"); }
};

}  // namespace

/// Any bytes as zone.json and, from the first NUL on, as incomplete.json. What is believed can be
/// written and read again, also with the next generation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t split = std::min(text.find('\0'), size);
    Files files;
    files.content["d/zone.json"] = text.substr(0, split);
    files.content["d/incomplete.json"] = text.substr(std::min(split + 1, size));
    const auto found = zone::inspect(files, "d");
    if (!found) {
        return 0;
    }
    CHECK(found->finding == zone::Finding::Identified);
    CHECK(!found->identity.region_id.empty() && !found->identity.zone_id.empty());
    zone::Incomplete next = found->incomplete;
    CHECK(next.generation <= std::uint64_t{1} << 53U);
    next.generation -= next.generation == std::uint64_t{1} << 53U ? 1 : 0;
    ++next.generation;
    CHECK(zone::write_identity(files, "d", found->identity));
    CHECK(zone::write_incomplete(files, "d", next));
    const auto again = zone::inspect(files, "d");
    CHECK(again.has_value());
    CHECK(again->identity.region_id == found->identity.region_id &&
          again->identity.zone_id == found->identity.zone_id &&
          again->identity.is_formed == found->identity.is_formed);
    CHECK(again->incomplete.generation == next.generation && again->incomplete.zones == next.zones);
    return 0;
}

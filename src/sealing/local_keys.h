#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "runtime/file_system.h"
#include "sealing/key_source.h"

namespace antipode::sealing {

/// What the key file holds: the versions of each key by name. The latest wraps, all open.
using MasterKeys = std::map<std::string, std::map<std::uint32_t, crypto::AesKey>>;

struct KeyFile {
    MasterKeys keys;
    bool is_changed = false;  ///< Keys were made that the text does not have.
};

/// Reads the text of a key file (docs/formats/key-file.md); lines that name a key without its bits
/// get random ones. InvalidArgument names the line.
Result<KeyFile> parse_key_file(std::string_view text);
std::string format_key_file(const MasterKeys& keys);

/// The key service of a region that has none outside: master keys in one file, `DIRECTORY/keys`,
/// read once.
class LocalKeys final : public KeySource {
  public:
    LocalKeys() = default;

    explicit LocalKeys(MasterKeys keys) : keys_(std::move(keys)) {}

    /// Once, before anybody asks. Blocks. Makes the file (mode 0600) with the two keys that every
    /// region has when there is none and `may_create`; else NotFound.
    Result<void> load(runtime::FileSystem& files, const std::string& directory, bool may_create);

    [[nodiscard]] Result<void> check(const std::string& key_name) const override;
    Task<Result<DataKey>> make_data_key(std::string key_name, std::string context) override;
    Task<Result<crypto::AesKey>> open_data_key(std::string envelope, std::string context) override;

  private:
    MasterKeys keys_;
};

}  // namespace antipode::sealing

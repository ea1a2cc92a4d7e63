#include "sealing/local_keys.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "codec/hex.h"
#include "crypto/random_bytes.h"
#include "runtime/secret_file.h"
#include "sealing/envelope.h"

namespace antipode::sealing {

namespace {

constexpr std::string_view kHead = "antipode keys 1";

crypto::AesKey random_key() {
    Bytes raw = crypto::random_bytes(crypto::kAesKeyBytes);
    const crypto::AesKey key(raw);
    crypto::wipe(raw);
    return key;
}

std::unexpected<Error> wrong_line(std::size_t line, std::string_view what) {
    return fail(ErrorCode::InvalidArgument, fmt::format("line {} of the key file {}", line, what));
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

bool is_key_name(std::string_view name) {
    constexpr std::string_view kById = "kms:";
    return name == kManagedKeyName || name == kDefaultKmsKeyName ||
           (name.starts_with(kById) && name.size() > kById.size());
}

/// NAME [VERSION [BITS]]
Result<void> parse_line(std::string_view text, std::size_t number, KeyFile& file) {
    const std::vector<std::string_view> words = split(text, ' ');
    if (words.size() > 3 || !is_key_name(words[0])) {
        return wrong_line(number, "is not: aes256, kms or kms:ID, a version, 64 hex digits");
    }
    std::uint32_t version = 1;
    if (words.size() > 1) {
        const char* const end = words[1].data() + words[1].size();
        const auto read = std::from_chars(words[1].data(), end, version);
        if (read.ec != std::errc() || read.ptr != end || version == 0) {
            return wrong_line(number, "has a version that is not a number from 1");
        }
    }
    crypto::AesKey key;
    if (words.size() == 3) {
        auto bits = codec::hex_decode(words[2]);
        if (!bits || bits->size() != crypto::kAesKeyBytes) {
            return wrong_line(number, "has a key that is not 64 hex digits");
        }
        key = crypto::AesKey(*bits);
        crypto::wipe(*bits);
    } else {
        key = random_key();
        file.is_changed = true;
    }
    if (!file.keys[std::string(words[0])].emplace(version, key).second) {
        return wrong_line(number, "names a version of a key for the second time");
    }
    return {};
}

}  // namespace

Result<KeyFile> parse_key_file(std::string_view text) {
    KeyFile file;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (number == 1) {
            if (line != kHead) {
                return wrong_line(1, "is not \"antipode keys 1\"");
            }
        } else if (!line.empty() && !line.starts_with('#')) {
            TRY_VOID(parse_line(line, number, file));
        }
    }
    for (const char* name : {kManagedKeyName, kDefaultKmsKeyName}) {
        if (!file.keys.contains(name)) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("the key file has no key {}", name));
        }
    }
    return file;
}

std::string format_key_file(const MasterKeys& keys) {
    std::string text = std::string(kHead) + "\n";
    for (const auto& [name, versions] : keys) {
        for (const auto& [version, key] : versions) {
            text += fmt::format("{} {} {}\n", name, version, codec::hex_lower(key.bytes()));
        }
    }
    return text;
}

Result<void> LocalKeys::load(runtime::FileSystem& files,
                             const std::string& directory,
                             bool may_create) {
    const std::string path = directory + "/keys";
    auto text = files.read_file(path);
    if (!text && (text.error().code != ErrorCode::NotFound || !may_create)) {
        return fail(std::move(text).error());
    }
    KeyFile file;
    if (text) {
        TRY(file, parse_key_file(*text));
        crypto::wipe(std::as_writable_bytes(std::span(*text)));
    } else {
        TRY_VOID(files.create_directories(directory));
        file.keys[kManagedKeyName].emplace(1, random_key());
        file.keys[kDefaultKmsKeyName].emplace(1, random_key());
        file.is_changed = true;
    }
    if (file.is_changed) {
        TRY_VOID(runtime::write_secret_file(files, path, format_key_file(file.keys)));
    }
    keys_ = std::move(file.keys);
    return {};
}

Result<void> LocalKeys::check(const std::string& key_name) const {
    if (!keys_.contains(key_name)) {
        return fail(ErrorCode::NotFound, fmt::format("there is no key {}", key_name));
    }
    return {};
}

Task<Result<DataKey>> LocalKeys::make_data_key(std::string key_name, std::string context) {
    CO_TRY_VOID(check(key_name));
    const auto& [version, master] = *keys_.at(key_name).rbegin();
    DataKey made{.key = random_key(), .envelope = {}};
    made.envelope = encode(wrap(master, std::move(key_name), version, context, made.key));
    co_return made;
}

Task<Result<crypto::AesKey>> LocalKeys::open_data_key(std::string envelope, std::string context) {
    CO_TRY(const Envelope read, decode_envelope(envelope));
    CO_TRY_VOID(check(read.key_name));
    const auto& versions = keys_.at(read.key_name);
    const auto master = versions.find(read.key_version);
    if (master == versions.end()) {
        co_return fail(
            ErrorCode::NotFound,
            fmt::format("there is no version {} of the key {}", read.key_version, read.key_name));
    }
    co_return unwrap(master->second, read, context);
}

}  // namespace antipode::sealing

#include "sim/read_object.h"

#include <utility>

#include <fmt/format.h>

#include "codec/hex.h"
#include "crypto/digest.h"
#include "runtime/read_text.h"

namespace antipode::sim {

namespace {

constexpr std::size_t kBodyMax = 64UL * 1024 * 1024;

}  // namespace

Task<Result<ReadObject>> read_object(std::shared_ptr<Process> process, object::VersionName name) {
    object::GetObjectRequest request;
    request.bucket = std::move(name.bucket);
    request.key = std::move(name.key);
    request.version_id = std::move(name.version_id);
    CO_TRY(const auto opened, co_await process->objects().open_object(owner(), std::move(request)));
    ReadObject object{.version = opened->version(), .body = {}};
    ByteRange range{.offset = 0, .size = object.version.size_bytes};
    CO_TRY(const auto source, co_await opened->read(range));
    CO_TRY(object.body, co_await runtime::read_text(source.get(), kBodyMax));
    co_return object;
}

std::string wrong_bytes(const ReadObject& object) {
    if (object.body.size() != object.version.size_bytes) {
        return fmt::format(
            "has {} bytes instead of {}", object.body.size(), object.version.size_bytes);
    }
    constexpr std::size_t kMd5Letters = 32;
    const std::string found = codec::hex_upper(crypto::md5(as_bytes(object.body)).bytes());
    // That of a multipart object, or of one that was appended to, is no digest of its bytes.
    if (object.version.etag.size() == kMd5Letters && object.version.etag != found &&
        object.version.type == ObjectType::Normal) {
        return fmt::format(
            "has other bytes ({}) than were written ({})", found, object.version.etag);
    }
    return {};
}

}  // namespace antipode::sim

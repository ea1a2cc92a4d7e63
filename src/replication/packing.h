#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/byte_source.h"
#include "runtime/executor.h"
#include "runtime/task.h"

/// Bodies of messages between regions may travel compressed (docs/formats/peer-protocol.md,
/// docs/decisions/0030). Digests and checksums are those of the plain bytes.
namespace antipode::replication {

/// Its name on the wire.
inline constexpr std::string_view kZstd = "zstd";

/// Nothing when it would not save an eighth, which a sample tells first. Goes in slices of about
/// half a millisecond, between which the executor does other work. What `plain` views must outlive
/// the call.
Task<std::optional<Bytes>> pack(ByteView plain);

/// The plain bytes of a packed body, piece by piece. BadDigest unless it is one whole frame of
/// exactly `plain_bytes`: never more than these are made of it, whatever arrives.
std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed, std::uint64_t plain_bytes);

/// What was wrong may be how it was packed, or that the other side does not know of it (any more):
/// the same is sent once more as it is.
bool is_refused_as_packed(const Error& error);

/// Packs the bodies of one stream of messages while it pays: what is saved would take longer to
/// send, at the pace that was measured, than to compress. Once it does not, bodies go as they are
/// and it is tried again now and then. On one executor.
class Packer {
  public:
    /// Nothing = it goes as it is.
    Task<std::optional<Bytes>> pack(ByteView plain);

    /// A message has arrived; what it took tells the pace of the line.
    void note_sent(std::uint64_t wire_bytes, runtime::Duration taken);

    // The decision alone.
    /// Whether the next body is to be packed; counts those that are not.
    [[nodiscard]] bool is_due();
    void note_packed(std::uint64_t saved_bytes, runtime::Duration taken);

  private:
    std::uint32_t skip_ = 0;       ///< Messages that go as they are before the next try.
    std::uint32_t backoff_ = 0;    ///< Grows with every try that did not pay.
    double bytes_per_second_ = 0;  ///< Of one stream; 0 = not known yet.
};

}  // namespace antipode::replication

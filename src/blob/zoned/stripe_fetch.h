#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "blob/zoned/blob_layout.h"
#include "blob/zoned/block.h"
#include "blob/zoned/engine.h"
#include "runtime/signal.h"

namespace antipode::blob {

/// A blob that somebody reads: its space is not reused while this lives.
struct OpenBlob {
    BlobRef ref;
    BlobLayout layout;
    std::shared_ptr<void> pin;
};

/// A place that holds both shards of a group: shard 2 * group, then shard 2 * group + 1.
struct ShardSource {
    std::size_t zone = 0;
    std::size_t group = 0;
    PageRange place;
};

/// Where the shards of a stripe are: three places, or four when it was written without a zone (then
/// the group of the missing zone is in two places).
std::vector<ShardSource> sources_of(const BlobLayout& layout, std::size_t stripe);

/// Half-open; in blocks of a shard.
struct BlockRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] bool is_empty() const { return begin >= end; }
};

/// Blocks of one stripe on their way from the zones, checked as they arrive. Shared with reads that
/// may hang for longer than anybody waits for them.
class StripeFetch : public std::enable_shared_from_this<StripeFetch> {
  public:
    enum class Answer : std::uint8_t {
        NotAsked,
        Pending,
        Good,
        Bad,
        Other,
        Unreadable,  ///< The zone's disk cannot read it (EIO).
        Unreachable,
    };

    /// `direct`: from the medium, past the page cache.
    StripeFetch(Engine& engine,
                std::shared_ptr<const OpenBlob> blob,
                std::size_t stripe,
                bool direct);

    [[nodiscard]] const std::vector<ShardSource>& sources() const { return sources_; }

    [[nodiscard]] const ShardShape& shape() const { return shape_; }

    /// Reads blocks of the two shards of a source; what was asked before is not asked again.
    void ask(std::size_t source,
             const std::array<BlockRange, kShardsPerZone>& blocks,
             runtime::Instant now);

    /// Returns when there is news, or after `patience`.
    Task<void> wait(runtime::Duration patience) {
        co_await changed_.wait_beyond(seen_, patience);
        seen_ = changed_.count();
    }

    [[nodiscard]] bool is_pending() const;
    [[nodiscard]] bool has(std::size_t shard, std::size_t block) const;
    /// The block is there, or enough others of its row are.
    [[nodiscard]] bool can_make(std::size_t shard, std::size_t block) const;
    /// Gives the payload of a block, decoded when it must be, valid while this object lives. Null:
    /// cannot be made.
    [[nodiscard]] const std::byte* make(std::size_t shard, std::size_t block);
    /// What `source` answered for a block of its first or second shard.
    [[nodiscard]] Answer answer(std::size_t source, std::size_t which, std::size_t block) const;
    /// When the first read came back that went well.
    [[nodiscard]] std::optional<runtime::Instant> first_arrival() const;
    /// Some block asked for so far was answered like that.
    [[nodiscard]] bool any_was(Answer answer) const;

    /// Some zone did not give what was asked for, which is no proof that it is damaged.
    [[nodiscard]] bool lacks_answers() const {
        return is_pending() || any_was(Answer::Unreadable) || any_was(Answer::Unreachable);
    }

  private:
    using Row = std::array<const std::byte*, kShards>;

    struct Piece {
        std::size_t source = 0;
        std::size_t which = 0;
        std::size_t block = 0;
        std::size_t offset = 0;  // In the source.
        std::size_t size = 0;
    };

    void read(std::vector<Piece> pieces, runtime::Instant now);
    void arrived(const std::vector<Piece>& pieces,
                 const std::shared_ptr<zone::AlignedBuffer>& buffer,
                 const Result<void>& result);
    [[nodiscard]] Answer check(const Piece& piece, ByteView bytes) const;
    [[nodiscard]] std::size_t shard_of(const Piece& piece) const;
    [[nodiscard]] Row row(std::size_t block) const;

    Engine& engine_;  // Not touched by reads that arrive.
    const std::shared_ptr<const OpenBlob> blob_;
    const std::size_t stripe_;
    const bool direct_;
    const ShardShape shape_;
    const std::vector<ShardSource> sources_;

    runtime::Signal changed_;
    std::uint64_t seen_ = 0;  // Of the one who waits.
    mutable std::mutex mutex_;
    std::size_t pending_ = 0;
    std::optional<runtime::Instant> first_arrival_;
    std::vector<std::array<std::array<Answer, kBlocksMax>, kShardsPerZone>> answers_;  // By source.
    std::array<Row, kBlocksMax> good_{};                                               // Payloads.
    std::vector<std::shared_ptr<zone::AlignedBuffer>> buffers_;  // Own the payloads.
};

}  // namespace antipode::blob

#include "blob/zoned/stripe_fetch.h"

#include <algorithm>

#include "blob/zoned/erasure_code.h"
#include "runtime/clock.h"

namespace antipode::blob {

std::vector<ShardSource> sources_of(const BlobLayout& layout, std::size_t stripe) {
    const StripePlace& place = layout.stripes[stripe];
    std::vector<ShardSource> sources;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (zone != place.missing) {
            sources.push_back({zone, group_of_zone(layout.id, stripe, zone), place.main});
        }
    }
    for (std::size_t zone = 0; place.missing != kNoZone && zone < kZones; ++zone) {
        if (zone != place.missing) {
            sources.push_back({zone, group_of_zone(layout.id, stripe, place.missing), place.extra});
        }
    }
    return sources;
}

StripeFetch::StripeFetch(Engine& engine,
                         std::shared_ptr<const OpenBlob> blob,
                         std::size_t stripe,
                         bool direct)
    : engine_(engine),
      blob_(std::move(blob)),
      stripe_(stripe),
      direct_(direct),
      shape_(blob_->layout.shape(stripe)),
      sources_(sources_of(blob_->layout, stripe)),
      answers_(sources_.size()) {}

void StripeFetch::ask(std::size_t source,
                      const std::array<BlockRange, kShardsPerZone>& blocks,
                      runtime::Instant now) {
    std::vector<Piece> pieces;
    {
        const std::scoped_lock lock(mutex_);
        for (std::size_t which = 0; which < kShardsPerZone; ++which) {
            for (std::size_t block = blocks[which].begin; block < blocks[which].end; ++block) {
                Answer& answer = answers_[source][which][block];
                if (answer != Answer::NotAsked) {
                    continue;
                }
                answer = Answer::Pending;
                const std::size_t offset =
                    (which * shape_.disk_bytes()) + ShardShape::block_offset(block);
                pieces.push_back({source, which, block, offset, shape_.block_disk_bytes(block)});
            }
        }
    }
    // What lies side by side on the disk is one read.
    for (std::size_t first = 0; first < pieces.size();) {
        std::size_t end = first + 1;
        while (end < pieces.size() &&
               pieces[end - 1].offset + pieces[end - 1].size == pieces[end].offset) {
            ++end;
        }
        const auto begin = pieces.begin() + static_cast<std::ptrdiff_t>(first);
        read({begin, pieces.begin() + static_cast<std::ptrdiff_t>(end)}, now);
        first = end;
    }
}

void StripeFetch::read(std::vector<Piece> pieces, runtime::Instant now) {
    const ShardSource& source = sources_[pieces.front().source];
    const std::size_t begin = pieces.front().offset;
    const std::size_t size = pieces.back().offset + pieces.back().size - begin;
    const auto buffer = std::make_shared<zone::AlignedBuffer>(engine_.buffers->take(size));
    {
        const std::scoped_lock lock(mutex_);
        ++pending_;
    }
    DiskRead job{.segment = source.place.segment,
                 .offset = source.place.offset() + begin,
                 .into = buffer->bytes().first(size),
                 .direct = direct_,
                 .keep = buffer,
                 .done = Done([self = shared_from_this(), buffer, pieces = std::move(pieces)](
                                  Result<void> result) { self->arrived(pieces, buffer, result); })};
    engine_.disks.read(source.zone, std::move(job), now);
}

void StripeFetch::arrived(const std::vector<Piece>& pieces,
                          const std::shared_ptr<zone::AlignedBuffer>& buffer,
                          const Result<void>& result) {
    std::vector<Answer> verdicts(pieces.size(), Answer::Unreachable);
    const std::size_t base = pieces.front().offset;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (result) {
            const ByteView bytes = buffer->view().subspan(pieces[i].offset - base, pieces[i].size);
            verdicts[i] = check(pieces[i], bytes);
        } else if (result.error().code == ErrorCode::NotFound) {
            verdicts[i] = Answer::Bad;  // The zone answers, but has no such file.
        } else if (result.error().code == ErrorCode::Io) {
            verdicts[i] = Answer::Unreadable;
        }
    }
    bool worth_a_look = false;
    {
        const std::scoped_lock lock(mutex_);
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const Piece& piece = pieces[i];
            answers_[piece.source][piece.which][piece.block] = verdicts[i];
            if (verdicts[i] == Answer::Good) {
                good_[piece.block][shard_of(piece)] =
                    buffer->view().data() + (piece.offset - base) + kHeaderBytes;
            } else {
                worth_a_look = true;
            }
        }
        if (result && !first_arrival_) {
            first_arrival_ = runtime::steady_now();
        }
        buffers_.push_back(buffer);
        --pending_;
        // While all goes well only the last arrival wakes the reader; after a hedge each one may
        // complete a row.
        worth_a_look =
            worth_a_look || pending_ == 0 || buffers_.size() >= kDataShards / kShardsPerZone;
    }
    if (worth_a_look) {
        changed_.raise();
    }
}

std::size_t StripeFetch::shard_of(const Piece& piece) const {
    return (sources_[piece.source].group * kShardsPerZone) + piece.which;
}

StripeFetch::Answer StripeFetch::check(const Piece& piece, ByteView bytes) const {
    const BlockIdentity identity{blob_->layout.id,
                                 static_cast<std::uint32_t>(stripe_),
                                 static_cast<std::uint8_t>(shard_of(piece)),
                                 static_cast<std::uint8_t>(piece.block)};
    switch (check_block(bytes, identity, shape_.block_payload(piece.block))) {
        case BlockVerdict::Good:
            return Answer::Good;
        case BlockVerdict::Bad:
            return Answer::Bad;
        case BlockVerdict::Other:
            return Answer::Other;
    }
    return Answer::Bad;
}

bool StripeFetch::is_pending() const {
    const std::scoped_lock lock(mutex_);
    return pending_ > 0;
}

StripeFetch::Row StripeFetch::row(std::size_t block) const {
    const std::scoped_lock lock(mutex_);
    return good_[block];
}

bool StripeFetch::has(std::size_t shard, std::size_t block) const {
    return row(block)[shard] != nullptr;
}

bool StripeFetch::can_make(std::size_t shard, std::size_t block) const {
    const Row present = row(block);
    return present[shard] != nullptr || std::ranges::count_if(present, [](const std::byte* bytes) {
                                            return bytes != nullptr;
                                        }) >= static_cast<std::ptrdiff_t>(kDataShards);
}

const std::byte* StripeFetch::make(std::size_t shard, std::size_t block) {
    const Row present = row(block);
    if (present[shard] != nullptr) {
        return present[shard];
    }
    const auto buffer =
        std::make_shared<zone::AlignedBuffer>(engine_.buffers->take(shape_.block_payload(block)));
    std::array<std::byte*, kShards> wanted{};
    wanted[shard] = buffer->data();
    if (!reconstruct(present, wanted, shape_.block_payload(block))) {
        return nullptr;
    }
    const std::scoped_lock lock(mutex_);
    buffers_.push_back(buffer);
    return buffer->data();
}

StripeFetch::Answer StripeFetch::answer(std::size_t source,
                                        std::size_t which,
                                        std::size_t block) const {
    const std::scoped_lock lock(mutex_);
    return answers_[source][which][block];
}

std::optional<runtime::Instant> StripeFetch::first_arrival() const {
    const std::scoped_lock lock(mutex_);
    return first_arrival_;
}

bool StripeFetch::any_was(Answer wanted) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& source : answers_) {
        for (const auto& shard : source) {
            if (std::ranges::find(shard, wanted) != shard.end()) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace antipode::blob

#include "sim/mortal_stores.h"

#include <utility>

#include "runtime/sleep.h"

namespace antipode::sim {

namespace {

constexpr std::uint64_t kDiskMicrosecondsMax = 2000;

/// Most calls are quick, some are not.
runtime::Duration disk_time() {
    const std::uint64_t draw = runtime::random_bits();
    const bool is_slow = draw % 64 == 0;
    return std::chrono::microseconds((draw >> 8U) %
                                     (is_slow ? 20 * kDiskMicrosecondsMax : kDiskMicrosecondsMax));
}

Error dead() {
    return {ErrorCode::Unavailable, "the process has died"};
}

Error full() {
    return {ErrorCode::Unavailable, "no space is left"};
}

Task<Result<std::uint64_t>> refuse() {
    co_return fail(full());
}

}  // namespace

template <typename T>
Task<Result<T>> MortalIndex::mortal(Task<Result<T>> call) {
    const std::shared_ptr<const Life> life = life_;
    co_await runtime::sleep_for(disk_time());
    if (life->has_ended) {
        co_return fail(dead());
    }
    Result<T> result = co_await call;
    co_await runtime::sleep_for(disk_time());
    if (life->has_ended) {
        co_return fail(dead());
    }
    co_return result;
}

Task<Result<std::uint64_t>> MortalIndex::acquire(index::PartitionId partition) {
    return mortal(durable_.acquire(std::move(partition)));
}

Task<Result<std::uint64_t>> MortalIndex::commit(index::PartitionId partition,
                                                index::Commit change) {
    if (ailment_.is_full) {
        return refuse();
    }
    return mortal(durable_.commit(std::move(partition), std::move(change)));
}

Task<Result<std::vector<std::optional<std::string>>>> MortalIndex::get(
    index::PartitionId partition, std::vector<std::string> keys) {
    return mortal(durable_.get(std::move(partition), std::move(keys)));
}

Task<Result<index::ScanPage>> MortalIndex::scan(index::PartitionId partition,
                                                index::ScanRange range) {
    return mortal(durable_.scan(std::move(partition), std::move(range)));
}

Task<Result<std::uint64_t>> MortalIndex::revision(index::PartitionId partition) {
    return mortal(durable_.revision(std::move(partition)));
}

Task<Result<void>> MortalIndex::drop(index::PartitionId partition, std::uint64_t fence) {
    return mortal(durable_.drop(std::move(partition), fence));
}

Task<Result<blob::WrittenBlob>> MortalBlobs::write(ByteSource& body, blob::BlobHint hint) {
    const std::shared_ptr<const Life> life = life_;
    Ailment& ailment = ailment_;
    co_await runtime::sleep_for(disk_time());
    if (ailment.is_full) {
        co_return fail(full());
    }
    auto written = co_await durable_.write(body, hint);
    co_await runtime::sleep_for(disk_time());
    if (life->has_ended) {
        co_return fail(dead());
    }
    if (written && ailment.is_damaging) {
        ailment.damaged.insert(written->ref.encoded());
    }
    co_return written;
}

Result<std::unique_ptr<ByteSource>> MortalBlobs::open(blob::BlobRef ref, ByteRange range) {
    if (life_->has_ended) {
        return fail(dead());
    }
    if (ailment_.damaged.contains(ref.encoded())) {
        return fail(ErrorCode::Corrupt, "no shards give these bytes");
    }
    return durable_.open(std::move(ref), range);
}

void MortalBlobs::remove(blob::BlobRef ref) {
    if (!life_->has_ended) {
        durable_.remove(std::move(ref));
    }
}

}  // namespace antipode::sim

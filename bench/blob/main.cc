// What the blob engine alone makes of a machine: writes and reads blobs of one size by some writers
// at once.
//
//     blob_bench DIR SIZE_BYTES WRITERS SECONDS
//
// DIR gets three zone directories (remove them afterwards). Prints operations and MB (10^6 bytes of
// users) per second, and processor time of the whole process per operation.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <fmt/core.h>

#include "blob/zoned/zoned_blob_store.h"
#include "runtime/clock.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"

namespace antipode {
namespace {

using runtime::Instant;

constexpr std::size_t kChunk = 256 * kKiB;

/// The same bytes again and again; the engine copies them in any case.
class SameBytes final : public ByteSource {
  public:
    explicit SameBytes(std::uint64_t size) : left_(size) {}

    Task<Result<Bytes>> next() override {
        Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kChunk)),
                    std::byte{0x5A});
        left_ -= bytes.size();
        co_return bytes;
    }

  private:
    std::uint64_t left_;
};

class NoRows final : public blob::Liveness {
  public:
    Task<Result<std::vector<blob::NamedBlob>>> named_blobs(std::string& cursor) override {
        cursor.clear();
        co_return {};
    }

    Task<Result<bool>> replace(blob::NamedBlob, blob::BlobRef) override { co_return false; }
};

struct Job {
    blob::ZonedBlobStore* store = nullptr;
    std::uint64_t size = 0;
    Instant end;
    std::mutex mutex;
    std::vector<blob::BlobRef> refs;
    std::vector<runtime::Duration> latencies;
    std::atomic<std::uint64_t> failed = 0;
};

Task<void> write_until_end(Job* job) {
    runtime::Executor& executor = runtime::Executor::current();
    while (executor.now() < job->end) {
        const Instant start = executor.now();
        SameBytes body(job->size);
        blob::BlobHint hint;
        hint.size = job->size;
        auto written = co_await job->store->write(body, hint);
        const std::scoped_lock lock(job->mutex);
        if (written) {
            job->refs.push_back(std::move(written->ref));
            job->latencies.push_back(executor.now() - start);
        } else {
            ++job->failed;
        }
    }
}

Task<void> read_until_end(Job* job, std::size_t first, std::size_t step) {
    runtime::Executor& executor = runtime::Executor::current();
    for (std::size_t i = first; executor.now() < job->end; i += step) {
        const Instant start = executor.now();
        const auto source = job->store->open(job->refs[i % job->refs.size()], {0, job->size});
        std::uint64_t got = 0;
        while (source) {
            const auto chunk = co_await (*source)->next();
            if (!chunk || chunk->empty()) {
                break;
            }
            got += chunk->size();
        }
        const std::scoped_lock lock(job->mutex);
        job->failed += got == job->size ? 0 : 1;
        job->latencies.push_back(executor.now() - start);
    }
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + (static_cast<double>(time.tv_usec) / 1e6);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void report(const char* what, Job& job, double seconds, double cpu) {
    std::ranges::sort(job.latencies);
    const std::size_t count = job.latencies.size();
    const auto at = [&](double part) {
        const auto index = static_cast<std::size_t>(part * static_cast<double>(count));
        return count == 0 ? 0.0
                          : std::chrono::duration<double, std::milli>(
                                job.latencies[std::min(index, count - 1)])
                                .count();
    };
    const double operations = static_cast<double>(count) / seconds;
    fmt::print(
        "{:5} {:9.1f}/s {:9.1f} MB/s  p50 {:.2f} ms  p99 {:.2f} ms  {:.3f} CPU ms each  {} "
        "failed\n",
        what,
        operations,
        operations * static_cast<double>(job.size) / 1e6,
        at(0.5),
        at(0.99),
        count == 0 ? 0.0 : cpu * 1e3 / static_cast<double>(count),
        job.failed.load());
}

template <typename Start>
void measure(
    const char* what, Job& job, runtime::IoThreads& threads, double seconds, const Start& start) {
    job.latencies.clear();
    const double cpu = cpu_seconds();
    const Instant begin = runtime::steady_now();
    job.end = begin +
              std::chrono::duration_cast<runtime::Duration>(std::chrono::duration<double>(seconds));
    runtime::TaskGroup group;
    start(group);
    runtime::run_to_end(threads.executor(0), group.join());
    report(what,
           job,
           std::chrono::duration<double>(runtime::steady_now() - begin).count(),
           cpu_seconds() - cpu);
}

int run(const std::string& directory, std::uint64_t size, std::size_t writers, double seconds) {
    const auto files = runtime::make_posix_file_system();
    zone::ZoneOptions zone_options;
    zone_options.region = "bench";
    zone_options.directories = {
        directory + "/zone-a", directory + "/zone-b", directory + "/zone-c"};
    for (const std::string& zone : zone_options.directories) {
        if (!files->create_directories(zone)) {
            return 1;
        }
    }
    runtime::IoThreads threads(2);
    auto zones = zone::ZoneSet::open(zone_options, *files);
    if (!zones) {
        fmt::print(stderr, "{}\n", zones.error().message);
        threads.stop();
        return 1;
    }
    blob::ZonedBlobOptions options;
    options.space.grace = std::chrono::seconds(0);
    auto store = blob::ZonedBlobStore::open(**zones, *files, options);
    NoRows rows;
    runtime::run_to_end(threads.executor(0), (*store)->start(rows));

    Job job;
    job.store = store->get();
    job.size = size;
    const auto write = [&](runtime::TaskGroup& group) {
        for (std::size_t i = 0; i < writers; ++i) {
            group.spawn(threads.executor(i % threads.count()), write_until_end(&job));
        }
    };
    measure("warm", job, threads, seconds / 4, write);
    measure("write", job, threads, seconds, write);
    measure("read", job, threads, seconds, [&](runtime::TaskGroup& group) {
        for (std::size_t i = 0; i < writers; ++i) {
            group.spawn(threads.executor(i % threads.count()), read_until_end(&job, i, writers));
        }
    });

    // Once more into space that was written before.
    struct Remove {
        static Task<void> all(Job* job) {
            for (blob::BlobRef& ref : job->refs) {
                job->store->remove(std::move(ref));
            }
            job->refs.clear();
            job->store->reap();
            co_return;
        }
    };

    runtime::run_to_end(threads.executor(0), Remove::all(&job));
    measure("again", job, threads, seconds, write);
    runtime::run_to_end(threads.executor(0), (*zones)->stop());
    runtime::run_to_end(threads.executor(0), (*store)->stop());
    fmt::print("degraded {} of {}\n",
               (*store)->counters().blobs_degraded.load(),
               (*store)->counters().blobs_written.load());
    store->reset();
    zones->reset();
    threads.stop();
    return 0;
}

}  // namespace
}  // namespace antipode

int main(int argc, char** argv) {
    if (argc != 5) {
        fmt::print(stderr, "blob_bench DIR SIZE_BYTES WRITERS SECONDS\n");
        return 2;
    }
    return antipode::run(argv[1],
                         std::strtoull(argv[2], nullptr, 10),
                         std::strtoull(argv[3], nullptr, 10),
                         std::strtod(argv[4], nullptr));
}

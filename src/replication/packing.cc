#include "replication/packing.h"

#include <algorithm>
#include <zstd.h>

#include "runtime/sleep.h"

namespace antipode::replication {

namespace {

/// The fastest level that still finds what is easily found: more would cost more than a fast line.
constexpr int kLevel = 1;
constexpr std::size_t kSliceBytes = 256 * 1024;
constexpr std::size_t kSampleBytes = 64 * 1024;
/// Smaller ones are not sampled before.
constexpr std::size_t kSampledBytesMin = 4 * kSampleBytes;
/// What is not smaller than this share of the plain bytes is not worth the work there either.
constexpr std::size_t kWorthNumerator = 7;
constexpr std::size_t kWorthDenominator = 8;
constexpr std::uint32_t kBackoffMax = 64;
/// The window that a decoder gives memory for: 4 MiB.
constexpr int kWindowLogMax = 22;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }

    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::size_t worth_at_most(std::size_t plain_bytes) {
    return plain_bytes / kWorthDenominator * kWorthNumerator;
}

/// Others that wait on this executor go first.
auto let_others_run() {
    return runtime::resume_on(runtime::Executor::current());
}

/// From the middle: files often begin with a head that says little about the rest.
bool sample_pays(ZSTD_CCtx& context, ByteView plain) {
    const ByteView sample = plain.subspan((plain.size() - kSampleBytes) / 2, kSampleBytes);
    Bytes out(ZSTD_compressBound(kSampleBytes));
    const std::size_t size =
        ZSTD_compressCCtx(&context, out.data(), out.size(), sample.data(), sample.size(), kLevel);
    return ZSTD_isError(size) == 0 && size <= worth_at_most(kSampleBytes);
}

}  // namespace

Task<std::optional<Bytes>> pack(ByteView plain) {
    const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    if (!context || (plain.size() >= kSampledBytesMin && !sample_pays(*context, plain))) {
        co_return std::nullopt;
    }
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setPledgedSrcSize(context.get(), plain.size());
    // Whatever does not fit does not pay.
    Bytes out(worth_at_most(plain.size()));
    ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = 0};
    std::size_t at = 0;
    std::size_t left = 1;
    while (left > 0) {
        const ByteView slice = plain.subspan(at, std::min(kSliceBytes, plain.size() - at));
        at += slice.size();
        const bool is_last = at == plain.size();
        ZSTD_inBuffer input{.src = slice.data(), .size = slice.size(), .pos = 0};
        do {
            left = ZSTD_compressStream2(
                context.get(), &output, &input, is_last ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(left) != 0 || (output.pos == output.size && left > 0)) {
                co_return std::nullopt;
            }
        } while (input.pos < input.size || (is_last && left > 0));
        left = is_last ? 0 : 1;
        if (!is_last) {
            co_await let_others_run();
        }
    }
    out.resize(output.pos);
    co_return out;
}

namespace {

class UnpackedSource final : public ByteSource {
  public:
    UnpackedSource(std::unique_ptr<ByteSource> packed, std::uint64_t plain_bytes)
        : context_(ZSTD_createDCtx()), inner_(std::move(packed)), left_(plain_bytes) {
        if (context_) {
            ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
        }
    }

    Task<Result<Bytes>> next() override {
        if (!context_) {
            co_return fail(ErrorCode::Unavailable, "no memory to unpack a body");
        }
        while (!is_whole_) {
            if (input_.pos == input_.size && !has_more_) {
                CO_TRY_VOID(co_await read_more());
            }
            CO_TRY(Bytes plain, step());
            if (is_whole_) {
                CO_TRY_VOID(co_await check_end());
            }
            if (!plain.empty()) {
                co_await let_others_run();
                co_return plain;
            }
        }
        co_return Bytes{};
    }

  private:
    Task<Result<void>> read_more() {
        CO_TRY(packed_, co_await inner_->next());
        if (packed_.empty()) {
            co_return fail(ErrorCode::BadDigest, "a packed body ends too early");
        }
        input_ = {.src = packed_.data(), .size = packed_.size(), .pos = 0};
        co_return Result<void>{};
    }

    /// There is always room for one byte too many, so that it is seen.
    Result<Bytes> step() {
        Bytes plain(std::min<std::uint64_t>(kSliceBytes, left_ + 1));
        ZSTD_outBuffer output{.dst = plain.data(), .size = plain.size(), .pos = 0};
        const std::size_t rest = ZSTD_decompressStream(context_.get(), &output, &input_);
        if (ZSTD_isError(rest) != 0) {
            return fail(ErrorCode::BadDigest, "a packed body cannot be unpacked");
        }
        if (output.pos > left_) {
            return fail(ErrorCode::BadDigest, "a packed body is longer than it says");
        }
        left_ -= output.pos;
        has_more_ = output.pos == output.size;
        is_whole_ = rest == 0;
        plain.resize(output.pos);
        return plain;
    }

    Task<Result<void>> check_end() {
        if (left_ > 0) {
            co_return fail(ErrorCode::BadDigest, "a packed body is shorter than it says");
        }
        if (input_.pos == input_.size) {
            CO_TRY(packed_, co_await inner_->next());
            if (packed_.empty()) {
                co_return Result<void>{};
            }
        }
        co_return fail(ErrorCode::BadDigest, "something follows a packed body");
    }

    std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
    std::unique_ptr<ByteSource> inner_;
    std::uint64_t left_;
    Bytes packed_;
    ZSTD_inBuffer input_{};
    bool has_more_ = false;  ///< The decoder may hold more than there was room for.
    bool is_whole_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed, std::uint64_t plain_bytes) {
    return std::make_unique<UnpackedSource>(std::move(packed), plain_bytes);
}

bool is_refused_as_packed(const Error& error) {
    return !error.retryable() && error.code != ErrorCode::Fenced;
}

bool Packer::is_due() {
    if (skip_ == 0) {
        return true;
    }
    --skip_;
    return false;
}

void Packer::note_packed(std::uint64_t saved_bytes, runtime::Duration taken) {
    const double seconds = std::chrono::duration<double>(taken).count();
    if (saved_bytes > 0 && static_cast<double>(saved_bytes) > seconds * bytes_per_second_) {
        backoff_ = 0;
        return;
    }
    backoff_ = std::clamp(backoff_ * 2, 1U, kBackoffMax);
    skip_ = backoff_;
}

Task<std::optional<Bytes>> Packer::pack(ByteView plain) {
    if (!is_due()) {
        co_return std::nullopt;
    }
    runtime::Executor& executor = runtime::Executor::current();
    const runtime::Instant begin = executor.now();
    auto packed = co_await replication::pack(plain);
    note_packed(packed ? plain.size() - packed->size() : 0, executor.now() - begin);
    co_return packed;
}

void Packer::note_sent(std::uint64_t wire_bytes, runtime::Duration taken) {
    const double seconds = std::chrono::duration<double>(taken).count();
    if (seconds <= 0) {
        return;
    }
    const double pace = static_cast<double>(wire_bytes) / seconds;
    bytes_per_second_ =
        bytes_per_second_ <= 0 ? pace : bytes_per_second_ + ((pace - bytes_per_second_) / 8);
}

}  // namespace antipode::replication

#include "sealing/sealed_stream.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/pieces_source.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

namespace antipode::sealing {
namespace {

constexpr std::size_t kChunk = kSealedChunkPlainBytes;
constexpr std::size_t kTag = crypto::kGcmTagBytes;

Task<Result<std::string>> read_all(ByteSource& source) {
    std::string text;
    while (true) {
        CO_TRY(const Bytes piece, co_await source.next());
        EXPECT_LE(piece.size(), ByteSource::kChunkBytesMax);
        if (piece.empty()) {
            co_return text;
        }
        text += as_text(piece);
    }
}

class SealedStream : public testing::Test {
  protected:
    static std::string text_of(std::size_t size) {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i) {
            text[i] = static_cast<char>((i * 31 + i / 997) % 251);
        }
        return text;
    }

    static crypto::AesKey key_of(char fill) {
        return crypto::AesKey(as_bytes(std::string(crypto::kAesKeyBytes, fill)));
    }

    std::string sealed(const std::string& plain, std::size_t piece_bytes = 100'000) {
        runtime::PiecesSource source(plain, piece_bytes);
        const auto sealing = seal(source, key_of('k'));
        return runtime::run_to_end(executor_, read_all(*sealing)).value();
    }

    /// Opens `range` of what is stored as `bytes`, which came of `plain_size` bytes.
    Result<std::string> opened(const std::string& bytes,
                               std::size_t plain_size,
                               ByteRange range,
                               char key = 'k',
                               std::size_t piece_bytes = 100'000) {
        const ByteRange needed = sealed_range(plain_size, range);
        auto part = std::make_unique<runtime::PiecesSource>(
            bytes.substr(std::min<std::size_t>(needed.offset, bytes.size()), needed.size),
            piece_bytes);
        const auto source = open_sealed(std::move(part), key_of(key), plain_size, range);
        return runtime::run_to_end(executor_, read_all(*source));
    }

    Result<std::string> opened_whole(const std::string& bytes,
                                     std::size_t plain_size,
                                     char key = 'k') {
        return opened(bytes, plain_size, {.offset = 0, .size = plain_size}, key);
    }

    runtime::SimExecutor executor_{1};
};

TEST_F(SealedStream, opens_to_what_was_sealed_at_every_size_and_however_it_is_cut) {
    for (const std::size_t size : std::vector<std::size_t>{0,
                                                           1,
                                                           kChunk - 1,
                                                           kChunk,
                                                           kChunk + 1,
                                                           2 * kChunk,
                                                           8 * kChunk,
                                                           8 * kChunk + 1,
                                                           40 * kChunk + 7}) {
        const std::string plain = text_of(size);
        const std::string bytes = sealed(plain);
        EXPECT_EQ(bytes.size(), sealed_size(size)) << size;
        EXPECT_EQ(sealed(plain, 7'777), bytes) << size;
        EXPECT_EQ(opened_whole(bytes, size), plain) << size;
        EXPECT_EQ(opened(bytes, size, {.offset = 0, .size = size}, 'k', 9'999), plain) << size;
    }
}

TEST_F(SealedStream, opens_ranges_at_all_boundaries_from_the_chunks_they_lie_in) {
    for (const std::size_t size : {2 * kChunk, 2 * kChunk + 5}) {
        const std::string plain = text_of(size);
        const std::string bytes = sealed(plain);
        const std::vector<std::size_t> places{
            0, 1, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk - 1, 2 * kChunk, size - 1, size};
        for (const std::size_t from : places) {
            for (const std::size_t to : places) {
                if (from <= to) {
                    const ByteRange range{.offset = from, .size = to - from};
                    EXPECT_EQ(opened(bytes, size, range), plain.substr(from, to - from))
                        << from << " to " << to;
                }
            }
        }
    }
    EXPECT_EQ(sealed_range(10 * kChunk, {.offset = 3 * kChunk + 5, .size = 1}),
              (ByteRange{.offset = 3 * (kChunk + kTag), .size = kChunk + kTag}));
}

TEST_F(SealedStream, hides_what_it_seals) {
    const std::string plain(3 * kChunk, 'a');
    const std::string bytes = sealed(plain);
    EXPECT_EQ(bytes.find("aaaaaaaa"), std::string::npos);
    EXPECT_NE(bytes.substr(0, 100), bytes.substr(kChunk + kTag, 100));
}

TEST_F(SealedStream, does_not_open_with_a_flipped_bit_anywhere) {
    const std::size_t size = kChunk + 100;
    const std::string bytes = sealed(text_of(size));
    for (const std::size_t place :
         {std::size_t{0}, kChunk - 1, kChunk, kChunk + kTag - 1, kChunk + kTag, bytes.size() - 1}) {
        std::string flipped = bytes;
        flipped[place] = static_cast<char>(flipped[place] ^ 1);
        const auto read = opened_whole(flipped, size);
        ASSERT_FALSE(read) << place;
        EXPECT_EQ(read.error().code, ErrorCode::Corrupt);
    }
}

TEST_F(SealedStream, does_not_open_when_it_was_cut_off) {
    const std::size_t size = 3 * kChunk;
    const std::string bytes = sealed(text_of(size));
    // Bytes are missing.
    EXPECT_FALSE(opened_whole(bytes.substr(0, bytes.size() - 1), size));
    EXPECT_FALSE(opened_whole(bytes.substr(0, 2 * (kChunk + kTag)), size));
    EXPECT_FALSE(opened_whole("", size));
    EXPECT_FALSE(opened_whole("", 0)) << "an empty body is sealed too";
    // Somebody also changed what the row says of the size: the last chunk is not the last.
    EXPECT_FALSE(opened_whole(bytes.substr(0, 2 * (kChunk + kTag)), 2 * kChunk));
    EXPECT_TRUE(opened_whole(bytes, size));
}

TEST_F(SealedStream, does_not_open_when_chunks_changed_places) {
    const std::size_t size = 3 * kChunk;
    const std::string bytes = sealed(text_of(size));
    constexpr std::size_t kOne = kChunk + kTag;
    const std::string swapped =
        bytes.substr(kOne, kOne) + bytes.substr(0, kOne) + bytes.substr(2 * kOne);
    EXPECT_FALSE(opened_whole(swapped, size));
    EXPECT_FALSE(opened(swapped, size, {.offset = kChunk, .size = 1}));
}

TEST_F(SealedStream, does_not_open_with_another_key) {
    const std::string bytes = sealed("secret");
    EXPECT_EQ(opened_whole(bytes, 6), "secret");
    EXPECT_FALSE(opened_whole(bytes, 6, 'x'));
    EXPECT_FALSE(opened_whole(sealed(""), 0, 'x'));
}

}  // namespace
}  // namespace antipode::sealing

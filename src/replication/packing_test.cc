#include "replication/packing.h"

#include <string>

#include <gtest/gtest.h>

#include "base/units.h"
#include "replication/content_harness.h"
#include "runtime/read_text.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class Packing : public ::testing::Test {
  protected:
    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, executor_, std::move(task));
    }

    std::optional<std::string> packed(const std::string& plain) {
        const auto out = run(pack(as_bytes(plain)));
        return out ? std::optional(to_string(*out)) : std::nullopt;
    }

    Result<std::string> unpacked(const std::string& packed, std::uint64_t plain_bytes) {
        const auto source =
            unpack(std::make_unique<runtime::MemorySource>(to_bytes(packed)), plain_bytes);
        return run(runtime::read_text(source.get(), 64 * kMiB));
    }

    runtime::SimExecutor executor_{1};
};

TEST_F(Packing, gives_back_what_was_packed) {
    for (const std::size_t size : {1'024U, 262'144U, 262'145U, 5'000'000U}) {
        const std::string plain = words(size);
        const auto small = packed(plain);
        ASSERT_TRUE(small) << size;
        EXPECT_LT(small->size(), size / 2);
        EXPECT_EQ(unpacked(*small, size), plain);
    }
}

TEST_F(Packing, leaves_alone_what_would_save_little) {
    EXPECT_FALSE(packed(noise(5'000'000)));
    EXPECT_FALSE(packed(noise(2'000)));
    EXPECT_FALSE(packed(""));
    EXPECT_FALSE(packed("a")) << "the frame is longer";
    EXPECT_FALSE(packed(words(1'000'000) + noise(3'000'000) + words(1'000'000)))
        << "the sample is from the middle";
    EXPECT_FALSE(packed(noise(2'000'000) + words(200'000) + noise(2'000'000)))
        << "the sample promises too much";
}

TEST_F(Packing, makes_no_more_of_a_body_than_it_says) {
    const std::string bomb(64 * kMiB, '\0');
    const auto small = packed(bomb);
    ASSERT_TRUE(small);
    ASSERT_LT(small->size(), 10'000U);
    std::size_t made = 0;
    const auto source =
        unpack(std::make_unique<runtime::MemorySource>(to_bytes(*small)), 1'000'000);
    while (true) {
        const auto piece = run(source->next());
        if (!piece) {
            EXPECT_EQ(piece.error().code, ErrorCode::BadDigest);
            break;
        }
        ASSERT_FALSE(piece->empty());
        made += piece->size();
    }
    EXPECT_LE(made, 1'000'000U);
}

TEST_F(Packing, refuses_bodies_that_are_not_what_they_say) {
    const std::string plain = words(1'000'000);
    const std::string good = *packed(plain);
    std::string flipped = good;
    flipped[4] ^= 0x55;
    const auto is_refused = [this](const std::string& body, std::uint64_t plain_bytes) {
        const auto out = unpacked(body, plain_bytes);
        return !out && out.error().code == ErrorCode::BadDigest;
    };

    EXPECT_TRUE(is_refused(good, plain.size() - 1));
    EXPECT_TRUE(is_refused(good, plain.size() + 1));
    EXPECT_TRUE(is_refused(good, 0));
    EXPECT_TRUE(is_refused(good.substr(0, good.size() - 1), plain.size()));
    EXPECT_TRUE(is_refused(good + "x", plain.size()));
    EXPECT_TRUE(is_refused(good + good, plain.size()));
    EXPECT_TRUE(is_refused(flipped, plain.size()));
    EXPECT_TRUE(is_refused("", 0));
    EXPECT_TRUE(is_refused(plain, plain.size()));
}

/// How many of `count` bodies are packed.
int packs(Packer& packer, int count, std::uint64_t saved_bytes, runtime::Duration taken) {
    int out = 0;
    for (int i = 0; i < count; ++i) {
        if (packer.is_due()) {
            ++out;
            packer.note_packed(saved_bytes, taken);
        }
    }
    return out;
}

TEST(Packer, gives_up_what_cannot_be_packed_and_tries_again_now_and_then) {
    Packer packer;
    EXPECT_EQ(packs(packer, 100, 1'000'000, 5ms), 100);
    EXPECT_LE(packs(packer, 1000, 0, 1ms), 25) << "of which each costs a sample";
    int waits = 0;
    while (!packer.is_due()) {
        ASSERT_LT(++waits, 100);
    }
    packer.note_packed(1'000'000, 5ms);
    EXPECT_EQ(packs(packer, 100, 1'000'000, 5ms), 100) << "worth it again";
}

TEST(Packer, gives_up_where_the_line_is_faster_than_the_packing) {
    Packer slow;
    slow.note_sent(4'000'000, 1s);
    EXPECT_EQ(packs(slow, 100, 1'000'000, 10ms), 100) << "250 ms less to send";
    Packer fast;
    fast.note_sent(4'000'000, 10ms);
    EXPECT_LE(packs(fast, 1000, 1'000'000, 10ms), 25) << "2.5 ms less to send";
    for (int i = 0; i < 100; ++i) {
        fast.note_sent(4'000'000, 1s);
    }
    EXPECT_GE(packs(fast, 164, 1'000'000, 10ms), 100) << "the line has become slower";
}

TEST_F(Packing, of_a_stream_gives_up_noise_and_goes_on_with_words) {
    Packer packer;
    const auto tries = [this, &packer](const std::string& plain, int count) {
        int out = 0;
        for (int i = 0; i < count; ++i) {
            out += run(packer.pack(as_bytes(plain))) ? 1 : 0;
        }
        return out;
    };
    EXPECT_EQ(tries(words(300'000), 10), 10);
    EXPECT_EQ(tries(noise(300'000), 100), 0);
    EXPECT_GE(tries(words(300'000), 100), 36);
}

}  // namespace
}  // namespace antipode::replication

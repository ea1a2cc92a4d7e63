#include <map>

#include "codec/uri.h"
#include "replication/sites_harness.h"

// Nothing is sent twice that is there, and nothing is forgotten that is not.
namespace antipode::replication::sites {
namespace {

/// Chunks of a large object: one more than are on their way at once.
constexpr std::size_t kChunks = 5;
constexpr std::uint64_t kLargeBytes = (kChunks - 1) * kChunkBytes + 1000;

class Resumption : public Sites {
  protected:
    void SetUp() override {
        east.door.answered = [this](const http::Request& request, const http::Response& response) {
            const auto target = codec::parse_target(request.target);
            if (target && target->path.ends_with("/chunk") && response.status == 200) {
                ++chunks_[std::string(target->query.get("number"))];
                if (chunks_.size() == cut_after_) {
                    east.door.is_cut = true;
                }
            }
        };
        west.checkpoint_every = 20;
        Sites::SetUp();
        west.make_bucket("here");
        east.make_bucket("there");
    }

    /// How often each chunk was taken by the destination.
    [[nodiscard]] const std::map<std::string, int>& chunks() const { return chunks_; }

    void cut_after(std::size_t count) { cut_after_ = count; }

    std::uint64_t first_of_log() {
        const auto changes = west.run(west.partition("here")->read_changes(0, 1)).value();
        return changes.empty() ? 0 : changes.front().revision;
    }

  private:
    std::map<std::string, int> chunks_;
    std::size_t cut_after_ = 0;
};

TEST_F(Resumption, brings_a_large_object_over_from_where_it_was_after_a_cut_and_a_restart) {
    ASSERT_TRUE(west.add_rule("here", east, "there"));
    cut_after(1);
    const std::string large(kLargeBytes, 'x');
    ASSERT_TRUE(west.put("here", "large", large));
    ASSERT_TRUE(west.wait_until([this] { return east.door.is_cut; }));
    west.close();
    const std::size_t before = chunks().size();
    ASSERT_LT(before, kChunks);
    EXPECT_EQ(east.get("there", "large"), std::nullopt);
    cut_after(0);
    west.open(all());
    east.door.is_cut = false;

    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("there", "large"), large);
    EXPECT_EQ(chunks().size(), kChunks);
    for (const auto& [number, times] : chunks()) {
        EXPECT_EQ(times, 1) << "chunk " << number;
    }
}

/// The walk over the history meets what is written meanwhile, and so does the log.
TEST_F(Resumption, sends_a_large_object_once_though_log_and_history_both_come_to_it) {
    ASSERT_TRUE(west.add_rule("here", east, "there"));
    ASSERT_TRUE(west.put("here", "large", std::string(kLargeBytes, 'x')));

    ASSERT_TRUE(settle());
    EXPECT_EQ(chunks().size(), kChunks);
    for (const auto& [number, times] : chunks()) {
        EXPECT_EQ(times, 1) << "chunk " << number;
    }
}

TEST_F(Resumption, does_not_send_what_a_rule_before_has_brought_over) {
    const auto first = west.add_rule("here", east, "there");
    ASSERT_TRUE(first);
    ASSERT_TRUE(west.put("here", "large", std::string(kChunkBytes + 1, 'x')));
    object::CreateUploadRequest request{.bucket = BucketName("here"), .key = "parts"};
    const auto upload = west.run(west.objects->create_upload(west.caller, std::move(request)));
    const object::UploadName name{
        .bucket = BucketName("here"), .key = "parts", .upload_id = upload->upload_id};
    for (const std::uint32_t number : {1U, 2U}) {
        object::UploadPartRequest part{.upload = name, .number = number};
        part.body = std::make_unique<runtime::MemorySource>(to_bytes(std::string(1'500'000, 'y')));
        ASSERT_TRUE(west.run(west.objects->upload_part(west.caller, std::move(part))));
    }
    object::CompleteUploadRequest complete{.upload = name};
    complete.all_parts = true;
    ASSERT_TRUE(west.run(west.objects->complete_upload(west.caller, std::move(complete))));
    ASSERT_TRUE(settle());
    const auto sent = chunks();
    ASSERT_TRUE(west.remove_rule("here", first->id));
    ASSERT_TRUE(west.wait_until([this] { return west.config("here")->rules.empty(); }));
    ASSERT_TRUE(east.wait_until([this] { return !east.config("there")->has_live_rule(); }));

    ASSERT_TRUE(west.add_rule("here", east, "there"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(chunks(), sent) << "known by version and content, whatever the ETag looks like";
    EXPECT_EQ(west.totals("here").slots, east.totals("there").slots);
}

TEST_F(Resumption, keeps_the_log_for_a_destination_that_is_away_and_cuts_it_afterwards) {
    constexpr int kMany = 1200;  // More than is kept in any case.
    ASSERT_TRUE(west.add_rule("here", east, "there"));
    const auto write = [this](const std::string& folder) {
        for (int i = 0; i < kMany; ++i) {
            ASSERT_TRUE(west.put("here", folder + std::to_string(i), "v"));
        }
    };
    write("early/");
    ASSERT_TRUE(settle());
    east.door.is_cut = true;
    write("late/");
    const std::uint64_t arrived = west.run(west.manager->status("here")).value()[0].cursor_revision;
    ASSERT_TRUE(west.wait_until([this] { return first_of_log() > 1; })) << "what arrived is cut";
    EXPECT_LE(first_of_log(), arrived + 1);
    // Upkeep does this every few seconds; the totals are saved with all that waits.
    ASSERT_TRUE(west.run(west.partition("here")->checkpoint(arrived)));
    // What waits is in the log and nowhere else.
    west.close();
    west.open(all());
    east.door.is_cut = false;

    ASSERT_TRUE(settle());
    EXPECT_EQ(east.versions("there").size(), 2U * kMany);
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(west.put("here", "later/" + std::to_string(i), "v"));
    }
    EXPECT_TRUE(west.wait_until([this] {
        return *west.run(west.partition("here")->revision()) - first_of_log() < 1100;
    })) << "and what waited is cut when it has arrived, too";
}

}  // namespace
}  // namespace antipode::replication::sites

#include "sealing/local_keys.h"

#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"
#include "runtime/temporary_directory.h"
#include "sealing/envelope.h"

namespace antipode::sealing {
namespace {

using testing::HasSubstr;

class LocalKeysTest : public testing::Test {
  protected:
    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    Result<std::unique_ptr<LocalKeys>> open(bool may_create = true) {
        auto keys = std::make_unique<LocalKeys>();
        TRY_VOID(keys->load(*files_, directory_.path() + "/keys", may_create));
        return keys;
    }

    std::string file() const { return directory_.path() + "/keys/keys"; }

    void write(const std::string& text) {
        ASSERT_TRUE(files_->create_directories(directory_.path() + "/keys"));
        ASSERT_TRUE(files_->write_file_atomically(file(), text));
    }

    runtime::SimExecutor executor_{1};
    std::unique_ptr<runtime::FileSystem> files_ = runtime::make_posix_file_system();
    runtime::TemporaryDirectory directory_;
};

TEST_F(LocalKeysTest, are_made_at_the_first_start_for_the_owner_only_and_kept) {
    const auto first = open();
    ASSERT_TRUE(first) << first.error().message;
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(file()).permissions(),
              perms::owner_read | perms::owner_write);
    const auto made = run((*first)->make_data_key(kManagedKeyName, "bucket"));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->envelope.find(as_text(made->key.bytes())), std::string::npos);

    const auto second = open();
    ASSERT_TRUE(second);
    const auto again = run((*second)->open_data_key(made->envelope, "bucket"));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(as_text(again->bytes()), as_text(made->key.bytes()));
}

TEST_F(LocalKeysTest, are_not_made_anew_where_there_must_be_some) {
    const auto opened = open(false);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(LocalKeysTest, open_an_envelope_only_for_its_context_and_with_its_key) {
    const auto keys = open();
    ASSERT_TRUE(keys);
    const auto one = run((*keys)->make_data_key(kDefaultKmsKeyName, "bucket"));
    const auto other = run((*keys)->make_data_key(kDefaultKmsKeyName, "bucket"));
    ASSERT_TRUE(one && other);
    EXPECT_NE(as_text(one->key.bytes()), as_text(other->key.bytes()));
    EXPECT_EQ(run((*keys)->open_data_key(one->envelope, "another")).error().code,
              ErrorCode::Corrupt);

    Envelope renamed = decode_envelope(one->envelope).value();
    renamed.key_name = kManagedKeyName;
    EXPECT_EQ(run((*keys)->open_data_key(encode(renamed), "bucket")).error().code,
              ErrorCode::Corrupt);
    std::filesystem::remove(file());
    const auto strangers = open();
    ASSERT_TRUE(strangers);
    EXPECT_EQ(run((*strangers)->open_data_key(one->envelope, "bucket")).error().code,
              ErrorCode::Corrupt);
    EXPECT_TRUE(run((*keys)->open_data_key(one->envelope, "bucket")));
}

TEST_F(LocalKeysTest, say_which_key_there_is_not) {
    const auto keys = open();
    ASSERT_TRUE(keys);
    EXPECT_TRUE((*keys)->check(kms_key_name("")));
    EXPECT_THAT((*keys)->check(kms_key_name("x")).error().message, HasSubstr("kms:x"));
    const auto made = run((*keys)->make_data_key(kms_key_name("x"), "bucket"));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::NotFound);
}

TEST_F(LocalKeysTest, get_bits_for_the_names_that_an_operator_adds) {
    const auto before = open();
    ASSERT_TRUE(before);
    const auto old = run((*before)->make_data_key(kManagedKeyName, "bucket"));
    write(files_->read_file(file()).value() + "kms:mine\naes256 2\n");

    const auto after = open();
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_TRUE((*after)->check(kms_key_name("mine")));
    const auto fresh = run((*after)->make_data_key(kManagedKeyName, "bucket"));
    ASSERT_TRUE(fresh);
    EXPECT_EQ(decode_envelope(fresh->envelope)->key_version, 2U) << "the latest wraps";
    EXPECT_TRUE(run((*after)->open_data_key(old->envelope, "bucket"))) << "all open";
    const std::string text = files_->read_file(file()).value();
    ASSERT_TRUE(open());
    EXPECT_EQ(files_->read_file(file()).value(), text) << "bits are given once";
}

TEST_F(LocalKeysTest, refuse_a_file_that_is_wrong_and_name_the_line) {
    const std::string bits(64, '0');
    const std::string good = "antipode keys 1\naes256 1 " + bits + "\nkms 1 " + bits + "\n";
    for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
             {"", "line 1"},
             {"antipode keys 2\n", "line 1"},
             {good + "mine\n", "line 4"},
             {good + "kms:\n", "line 4"},
             {good + "kms:a 0\n", "line 4"},
             {good + "kms:a x\n", "line 4"},
             {good + "kms:a 1 00\n", "line 4"},
             {good + "kms 1 " + bits + "\n", "second time"},
             {"antipode keys 1\naes256 1 " + bits + "\n", "no key kms"}}) {
        write(text);
        const auto opened = open();
        ASSERT_FALSE(opened) << text;
        EXPECT_THAT(opened.error().message, HasSubstr(said));
        EXPECT_EQ(files_->read_file(file()).value(), text) << "nothing is changed";
    }
    write(good);
    EXPECT_TRUE(open());
}

TEST(Envelope, is_read_as_it_was_written_and_in_no_other_form) {
    const crypto::AesKey master(as_bytes(std::string(32, 'm')));
    const crypto::AesKey data(as_bytes(std::string(32, 'd')));
    const Envelope envelope = wrap(master, "kms:a", 7, "bucket", data);
    const std::string bytes = encode(envelope);
    ASSERT_EQ(decode_envelope(bytes), envelope);
    EXPECT_EQ(as_text(unwrap(master, envelope, "bucket")->bytes()), as_text(data.bytes()));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_envelope(bytes.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_envelope(bytes + "x"));
    EXPECT_FALSE(decode_envelope("\x02" + bytes.substr(1)));
    for (std::size_t place = 1; place < bytes.size(); ++place) {
        std::string flipped = bytes;
        flipped[place] = static_cast<char>(flipped[place] ^ 1);
        const auto read = decode_envelope(flipped);
        EXPECT_FALSE(read && unwrap(master, *read, "bucket")) << place;
    }
}

}  // namespace
}  // namespace antipode::sealing

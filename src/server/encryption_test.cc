#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/http_date.h"
#include "crypto/hmac.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/temporary_directory.h"
#include "server/house.h"
#include "server/house_harness.h"

// A server with --key-directory over real zones: what is on disk, and what a restart needs.
namespace antipode::server {
namespace {

using testing::HasSubstr;

class EncryptedHouse : public testing::Test {
  protected:
    EncryptedHouse() {
        config_.engine = Engine::Local;
        for (std::size_t zone = 0; zone < config_.zones.size(); ++zone) {
            config_.zones.at(zone) = directory_.path() + "/zone-" + std::to_string(zone);
        }
        config_.key_directory = directory_.path() + "/keys";
    }

    ~EncryptedHouse() override {
        stop();
        threads_.stop();
    }

    Result<void> start() {
        house_.emplace(config_, threads_);
        return runtime::run_to_end(threads_.executor(0), house_->start());
    }

    void stop() {
        if (house_) {
            runtime::run_to_end(threads_.executor(0), house_->stop());
            house_.reset();
        }
    }

    /// OSS signature V1.
    http::ClientResponse ask(std::string method,
                             const std::string& target,
                             std::string body = {},
                             const std::string& encryption = {}) {
        const std::string date = codec::format_http_date(threads_.executor(0).wall_now());
        std::string text = method + "\n\n\n" + date + "\n";
        http::ClientRequest request;
        if (!encryption.empty()) {
            request.headers.set("x-oss-server-side-encryption", encryption);
            text += "x-oss-server-side-encryption:" + encryption + "\n";
        }
        const crypto::Digest mac = crypto::hmac_sha1(as_bytes(kSecret), as_bytes(text + target));
        request.method = std::move(method);
        request.target = target;
        request.text = std::move(body);
        request.headers.set("Date", date);
        request.headers.set("Authorization",
                            "OSS " + std::string(kKey) + ":" + codec::base64_encode(mac.bytes()));
        http::ClientOptions options;
        options.address = house_->addresses().front();
        auto response = runtime::run_to_end(
            threads_.executor(1),
            exchange(std::move(options), threads_.network(1), std::move(request)));
        EXPECT_TRUE(response.has_value()) << response.error().message;
        return response ? std::move(*response) : http::ClientResponse{};
    }

    /// How many files of the zones hold `text`.
    int files_with(const std::string& text) {
        int found = 0;
        for (const std::string& zone : config_.zones) {
            for (const auto& entry : std::filesystem::recursive_directory_iterator(zone)) {
                if (entry.is_regular_file()) {
                    std::ifstream file(entry.path(), std::ios::binary);
                    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
                    found += bytes.contains(text) ? 1 : 0;
                }
            }
        }
        return found;
    }

    runtime::TemporaryDirectory directory_;
    Config config_ = small_config();
    runtime::IoThreads threads_{2};
    std::optional<House> house_;
};

TEST_F(EncryptedHouse, keeps_the_plain_bytes_from_the_disks_and_reads_them_after_a_restart) {
    const auto started = start();
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_EQ(ask("PUT", "/bucket/").status, 200);
    std::string large;
    while (large.size() < 200'000) {
        large += "plaintext-of-large ";
    }
    ASSERT_EQ(ask("PUT", "/bucket/small", "plaintext-of-small", "AES256").status, 200);
    ASSERT_EQ(ask("PUT", "/bucket/large", large, "KMS").status, 200);
    ASSERT_EQ(ask("PUT", "/bucket/open", "plaintext-of-open").status, 200);
    EXPECT_EQ(ask("GET", "/bucket/small").text, "plaintext-of-small");
    stop();
    EXPECT_EQ(files_with("plaintext-of-small"), 0);
    EXPECT_EQ(files_with("plaintext-of-large"), 0);
    EXPECT_GT(files_with("plaintext-of-open"), 0) << "the test would see it";

    ASSERT_TRUE(start());
    EXPECT_EQ(ask("GET", "/bucket/small").text, "plaintext-of-small");
    EXPECT_EQ(ask("GET", "/bucket/large").text, large);
}

TEST_F(EncryptedHouse, does_not_start_with_new_keys_where_there_were_some) {
    ASSERT_TRUE(start());
    stop();
    std::filesystem::remove_all(config_.key_directory);
    const auto refused = start();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("--key-directory"));
    EXPECT_FALSE(std::filesystem::exists(config_.key_directory));
}

TEST_F(EncryptedHouse, without_a_key_directory_refuses_to_encrypt_and_serves_the_rest) {
    config_.key_directory.clear();
    ASSERT_TRUE(start());
    ASSERT_EQ(ask("PUT", "/bucket/").status, 200);
    const auto refused = ask("PUT", "/bucket/k", "v", "AES256");
    EXPECT_EQ(refused.status, 501);
    EXPECT_THAT(refused.text, HasSubstr("--key-directory"));
    EXPECT_EQ(ask("PUT", "/bucket/k", "v").status, 200);
}

}  // namespace
}  // namespace antipode::server

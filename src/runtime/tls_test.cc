#include <cstdio>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"
#include "runtime/temporary_directory.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

/// A key and a certificate that it signs itself.
TlsFiles make_tls_files(const TemporaryDirectory& directory) {
    TlsFiles files{.certificate_file = directory / "cert.pem", .key_file = directory / "key.pem"};
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    const unsigned char name[] = "localhost";
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, key, EVP_sha256());

    std::FILE* out = std::fopen(files.key_file.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    out = std::fopen(files.certificate_file.c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return files;
}

class TlsTest : public testing::Test {
  protected:
    ~TlsTest() override { threads_.stop(); }

    template <typename T>
    T run(Task<T> task) {
        return run_to_end(threads_.executor(0), std::move(task));
    }

    TemporaryDirectory directory_;
    TlsFiles files_ = make_tls_files(directory_);
    IoThreads threads_{2};
};

/// Sends back what comes on one connection; notes how that ended.
Task<void> echo_one(Listener* listener, Result<std::size_t>* end) {
    auto accepted = co_await listener->accept();
    const std::unique_ptr<Stream> stream = std::move(*accepted);
    co_await resume_on(stream->executor());
    stream->set_idle_timeout(10s);
    Bytes buffer(100'000);
    while (true) {
        *end = co_await stream->read_some(buffer);
        if (!*end || **end == 0) {
            co_return;
        }
        const ByteView data = ByteView(buffer).first(**end);
        std::vector<ByteView> pieces{data.first(1), data.subspan(1)};
        if (!co_await stream->write_all(std::move(pieces))) {
            co_return;
        }
    }
}

Task<Result<std::string>> talk(Network& network, std::string address, bool tls, std::string text) {
    CO_TRY(auto stream, co_await network.connect(address, tls, 5s));
    stream->set_idle_timeout(10s);
    std::string answer;
    Bytes buffer(50'000);
    for (std::size_t sent = 0; sent < text.size();) {
        const std::string_view piece = std::string_view(text).substr(sent, 30'000);
        std::vector<ByteView> pieces{as_bytes(piece)};
        CO_TRY_VOID(co_await stream->write_all(std::move(pieces)));
        sent += piece.size();
        while (answer.size() < sent) {
            CO_TRY(const std::size_t count, co_await stream->read_some(buffer));
            if (count == 0) {
                co_return fail(ErrorCode::Closed, "ended early");
            }
            answer += as_text(ByteView(buffer).first(count));
        }
    }
    stream->close();
    co_return answer;
}

TEST_F(TlsTest, carries_bytes_both_ways) {
    const auto listener = threads_.network(0).listen("127.0.0.1:0", files_).value();
    TaskGroup group;
    Result<std::size_t> end = 0;
    group.spawn(threads_.executor(0), echo_one(listener.get(), &end));
    const std::string text = std::string(100'000, 'a') + std::string(100'000, 'b');

    const auto answer = run(talk(threads_.network(0), listener->local_address(), true, text));
    run(group.join());

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, text);
}

TEST_F(TlsTest, ends_a_connection_that_does_not_speak_tls) {
    const auto listener = threads_.network(0).listen("127.0.0.1:0", files_).value();
    TaskGroup group;
    Result<std::size_t> end = 0;
    group.spawn(threads_.executor(0), echo_one(listener.get(), &end));

    EXPECT_FALSE(
        run(talk(threads_.network(0), listener->local_address(), false, "GET / HTTP/1.1\r\n\r\n")));
    run(group.join());

    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, ErrorCode::Closed);
}

TEST_F(TlsTest, refuses_files_that_are_no_certificate) {
    const TlsFiles missing{.certificate_file = directory_ / "none.pem",
                           .key_file = files_.key_file};
    const TlsFiles swapped{.certificate_file = files_.key_file,
                           .key_file = files_.certificate_file};

    EXPECT_EQ(threads_.network(0).listen("127.0.0.1:0", missing).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_EQ(threads_.network(0).listen("127.0.0.1:0", swapped).error().code,
              ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace antipode::runtime

#include <cstdio>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "runtime/file_system.h"
#include "runtime/io_threads.h"
#include "runtime/link_network.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"
#include "runtime/temporary_directory.h"
#include "runtime/wall_clock.h"

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

/// Appends to `text` until it has `size` bytes.
Task<Result<void>> read_until(Stream& stream, std::size_t size, std::string& text) {
    Bytes buffer(50'000);
    while (text.size() < size) {
        CO_TRY(const std::size_t count, co_await stream.read_some(buffer));
        if (count == 0) {
            co_return fail(ErrorCode::Closed, "ended early");
        }
        text += as_text(ByteView(buffer).first(count));
    }
    co_return Result<void>();
}

Task<Result<std::string>> talk(Network& network, std::string address, bool tls, std::string text) {
    CO_TRY(auto stream, co_await network.connect(address, tls, 5s));
    stream->set_idle_timeout(10s);
    std::string answer;
    for (std::size_t sent = 0; sent < text.size();) {
        const std::string_view piece = std::string_view(text).substr(sent, 30'000);
        std::vector<ByteView> pieces{as_bytes(piece)};
        CO_TRY_VOID(co_await stream->write_all(std::move(pieces)));
        sent += piece.size();
        CO_TRY_VOID(co_await read_until(*stream, sent, answer));
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

/// Two ends that show certificates to each other.
class MutualTlsTest : public TlsTest {
  protected:
    static crypto::Validity valid(std::int64_t from_hours, std::int64_t until_hours) {
        const std::int64_t now = wall_now().time_since_epoch().count() / 1000;
        return {.from = now + (from_hours * 3600), .until = now + (until_hours * 3600)};
    }

    static crypto::CertifiedKey authority() {
        return crypto::make_authority("a link", valid(-2, 2)).value();
    }

    /// What `name` shows, and whom it trusts; written over what was there before.
    LinkTls write(const std::string& name,
                  const crypto::CertifiedKey& own,
                  const crypto::CertifiedKey& trusted) {
        const auto files = make_posix_file_system();
        const LinkTls paths{.own = {.certificate_file = directory_ / (name + "-certificate.pem"),
                                    .key_file = directory_ / (name + "-key.pem")},
                            .trusted_file = directory_ / (name + "-trusted.pem")};
        EXPECT_TRUE(files->write_file_atomically(paths.own.key_file, own.key));
        EXPECT_TRUE(files->write_file_atomically(paths.own.certificate_file, own.certificate));
        EXPECT_TRUE(files->write_file_atomically(paths.trusted_file, trusted.certificate));
        return paths;
    }

    LinkTls issue_to(const std::string& name) {
        return write(name, crypto::issue(authority_, name, valid(-1, 1)).value(), authority_);
    }

    Result<std::string> talk_with(const LinkTls& files, const std::string& expected) {
        TaskGroup group;
        Result<std::size_t> end = 0;
        group.spawn(threads_.executor(0), echo_one(listener_.get(), &end));
        ConnectOptions options{.tls = true, .credentials = files, .peer_name = expected};
        auto answer =
            run(say(threads_.network(0), listener_->local_address(), std::move(options), &seen_));
        run(group.join());
        return answer;
    }

    /// Sends a word and returns what comes back; `seen` gets the name of the other side.
    static Task<Result<std::string>> say(Network& network,
                                         std::string address,
                                         ConnectOptions options,
                                         std::string* seen) {
        CO_TRY(auto stream, co_await connect(network, address, std::move(options), 5s));
        stream->set_idle_timeout(10s);
        std::vector<ByteView> pieces{as_bytes("hello")};
        CO_TRY_VOID(co_await stream->write_all(std::move(pieces)));
        std::string answer;
        CO_TRY_VOID(co_await read_until(*stream, 5, answer));
        *seen = certified_name(*stream);
        stream->close();
        co_return answer;
    }

    crypto::CertifiedKey authority_ = authority();
    LinkTls server_files_ = issue_to("east");
    std::unique_ptr<Listener> listener_ =
        listen(threads_.network(0), "127.0.0.1:0", server_files_).value();
    std::string seen_;
};

TEST_F(MutualTlsTest, lets_in_who_shows_a_certificate_of_the_link_and_tells_its_name) {
    const auto answer = talk_with(issue_to("west"), "east");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, "hello");
    EXPECT_EQ(seen_, "east");
}

TEST_F(MutualTlsTest, refuses_a_client_without_a_certificate) {
    EXPECT_FALSE(talk_with(LinkTls{}, ""));
}

TEST_F(MutualTlsTest, refuses_a_certificate_of_another_authority) {
    const crypto::CertifiedKey other = authority();
    const auto own = crypto::issue(other, "west", valid(-1, 1)).value();

    // It trusts the server; the server does not trust it.
    EXPECT_FALSE(talk_with(write("west", own, authority_), "east"));
    // And the other way round.
    EXPECT_FALSE(talk_with(
        write("west", crypto::issue(authority_, "west", valid(-1, 1)).value(), other), "east"));
}

TEST_F(MutualTlsTest, refuses_a_certificate_that_has_ended_or_not_begun) {
    const auto ended = crypto::issue(authority_, "west", valid(-2, -1)).value();
    const auto early = crypto::issue(authority_, "west", valid(1, 2)).value();

    EXPECT_FALSE(talk_with(write("ended", ended, authority_), "east"));
    EXPECT_FALSE(talk_with(write("early", early, authority_), "east"));
}

TEST_F(MutualTlsTest, refuses_a_certificate_that_was_signed_by_a_member) {
    const auto member = crypto::issue(authority_, "west", valid(-1, 1)).value();
    auto forged = crypto::issue(member, "north", valid(-1, 1)).value();
    forged.certificate += member.certificate;

    EXPECT_FALSE(talk_with(write("north", forged, authority_), "east"));
}

TEST_F(MutualTlsTest, refuses_a_server_of_another_name) {
    const auto answer = talk_with(issue_to("west"), "south");

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::AccessDenied);
}

TEST_F(MutualTlsTest, takes_new_certificates_while_it_listens) {
    const LinkTls west = issue_to("west");
    ASSERT_TRUE(talk_with(west, "east"));

    // A new authority that nobody trusted before replaces the old one on both sides.
    authority_ = authority();
    issue_to("east");
    EXPECT_FALSE(talk_with(west, "east"));
    issue_to("west");
    EXPECT_TRUE(talk_with(west, "east"));
}

TEST_F(MutualTlsTest, keeps_its_certificates_while_new_ones_are_half_written) {
    const LinkTls west = issue_to("west");
    const auto files = make_posix_file_system();
    ASSERT_TRUE(files->write_file_atomically(server_files_.own.certificate_file, "half"));

    EXPECT_TRUE(talk_with(west, "east"));
}

}  // namespace
}  // namespace antipode::runtime

#include "codec/base64.h"
#include "crypto/crc.h"
#include "runtime/pieces_source.h"
#include "s3/detail/chunked_body.h"
#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

std::string hash(std::string_view text) {
    return codec::hex_lower(crypto::sha256(as_bytes(text)).bytes());
}

class ChunkedTest : public GatewayTest {
  protected:
    ChunkedTest() { make_bucket(); }

    struct Outcome {
        std::string text;
        std::optional<Error> error;
    };

    Outcome decode(std::string coded, ChunkedBody::Coding coding, std::size_t piece = 7) {
        trailers = std::make_shared<Trailers>();
        ChunkedBody body(std::make_unique<runtime::PiecesSource>(std::move(coded), piece),
                         std::move(coding),
                         trailers);
        Outcome outcome;
        while (true) {
            auto chunk = run(body.next());
            if (!chunk) {
                outcome.error = chunk.error();
                return outcome;
            }
            if (chunk->empty()) {
                return outcome;
            }
            outcome.text += as_text(*chunk);
        }
    }

    /// A PUT whose body is coded by `encode(head's signature)`.
    template <typename Encode>
    Got put_coded(std::string_view kind,
                  std::size_t decoded_size,
                  NamedValues headers,
                  Encode encode) {
        headers.emplace_back("x-amz-content-sha256", kind);
        headers.emplace_back("x-amz-decoded-content-length", std::to_string(decoded_size));
        headers.emplace_back("Content-Encoding", "aws-chunked");
        http::Request request = make_request(
            {.method = "PUT", .bucket = "bucket", .key = "k", .headers = std::move(headers)});
        const std::string body = encode(sign(request, "AK", ""));
        request.content_length = body.size();
        request.body = std::make_unique<runtime::PiecesSource>(body, 100);
        return send(std::move(request));
    }

    struct Signer {
        crypto::Digest key;
        std::string time;
        std::string scope;
        std::string previous;

        std::string chunk(std::string_view text) {
            previous = protocol::sign_v4(key,
                                         fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}",
                                                     time,
                                                     scope,
                                                     previous,
                                                     hash(""),
                                                     hash(text)));
            return fmt::format("{:x};chunk-signature={}\r\n{}{}",
                               text.size(),
                               previous,
                               text,
                               text.empty() ? "" : "\r\n");
        }

        [[nodiscard]] std::string trailer(const std::string& name, const std::string& value) const {
            const std::string signature =
                protocol::sign_v4(key,
                                  fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}",
                                              time,
                                              scope,
                                              previous,
                                              hash(name + ":" + value + "\n")));
            return fmt::format("{}:{}\r\nx-amz-trailer-signature:{}\r\n", name, value, signature);
        }
    };

    Signer signer(std::string seed) {
        const protocol::V4Credential scope = credential("AK");
        return {.key = protocol::derive_v4_key("AWS4", "SK", scope),
                .time = codec::format_basic(now()),
                .scope = scope.scope(),
                .previous = std::move(seed)};
    }

    std::shared_ptr<Trailers> trailers;
};

/// AWS, "Transferring Payload in Multiple Chunks": 66,560 bytes of 'a' in chunks of 64 KiB.
TEST_F(ChunkedTest, decodes_the_example_of_aws) {
    const protocol::V4Credential scope{.access_key = "AKIAIOSFODNN7EXAMPLE",
                                       .date = "20130524",
                                       .region = "us-east-1",
                                       .service = "s3",
                                       .terminator = "aws4_request"};
    ChunkedBody::Coding coding;
    coding.signing = ChunkSigning{
        .key = protocol::derive_v4_key("AWS4", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope),
        .time = "20130524T000000Z",
        .scope = scope.scope(),
        .previous_signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"};
    const std::string coded =
        "10000;chunk-signature="
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
        std::string(65536, 'a') +
        "\r\n400;chunk-signature="
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
        std::string(1024, 'a') +
        "\r\n0;chunk-signature="
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{65536}, coded.size()}) {
        const Outcome outcome = decode(coded, coding, piece);
        EXPECT_FALSE(outcome.error);
        EXPECT_EQ(outcome.text, std::string(66560, 'a'));
    }
    std::string changed = coded;
    changed[200] = 'b';
    EXPECT_EQ(decode(changed, coding, 1000).error->code, ErrorCode::SignatureDoesNotMatch);
    std::string cut = coded.substr(0, coded.size() - 100);
    EXPECT_EQ(decode(cut, coding, 1000).error->code, ErrorCode::IncompleteBody);
}

TEST_F(ChunkedTest, decodes_unsigned_chunks_at_every_cut) {
    const std::string coded =
        "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
    for (std::size_t piece = 1; piece <= coded.size(); ++piece) {
        const Outcome outcome = decode(coded, {.signing = {}, .has_trailer = true}, piece);
        EXPECT_FALSE(outcome.error) << piece;
        EXPECT_EQ(outcome.text, "hello world");
        ASSERT_NE(trailers->find("x-amz-checksum-crc32"), nullptr);
        EXPECT_EQ(*trailers->find("x-amz-checksum-crc32"), "DUoRhQ==");
    }
}

TEST_F(ChunkedTest, refuses_malformed_codings) {
    const auto code = [&](std::string coded) {
        const Outcome outcome = decode(std::move(coded), {.signing = {}, .has_trailer = false});
        return outcome.error ? outcome.error->code : ErrorCode::Internal;
    };
    EXPECT_EQ(code(""), ErrorCode::IncompleteBody);
    EXPECT_EQ(code("5\r\nhel"), ErrorCode::IncompleteBody);
    EXPECT_EQ(code("5\r\nhello\r\n"), ErrorCode::IncompleteBody);
    EXPECT_EQ(code("x\r\n"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code("-1\r\n"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code("\r\n"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code("11111111111111111\r\n"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code("5\r\nhello!\r\n"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code("0\r\na:b\r\n\r\n"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code("0\r\n\r\nmore"), ErrorCode::InvalidRequest);
    EXPECT_EQ(code(std::string(5000, '1') + "\r\n"), ErrorCode::InvalidRequest);
}

TEST_F(ChunkedTest, stores_a_body_of_signed_chunks) {
    const Got got =
        put_coded("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 11, {}, [&](const std::string& seed) {
            Signer with = signer(seed);
            return with.chunk("hello ") + with.chunk("world") + with.chunk("") + "\r\n";
        });
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(get("k").body, "hello world");
    EXPECT_FALSE(get("k").headers.contains("Content-Encoding"));
}

TEST_F(ChunkedTest, refuses_swapped_missing_and_short_chunks) {
    const auto try_body = [&](auto encode, std::size_t size = 11) {
        return put_coded("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", size, {}, encode).code();
    };
    EXPECT_EQ(try_body([&](const std::string& seed) {
                  Signer with = signer(seed);
                  const std::string first = with.chunk("hello ");
                  return with.chunk("world") + first + with.chunk("") + "\r\n";
              }),
              "SignatureDoesNotMatch");
    EXPECT_EQ(try_body([&](const std::string& seed) {
                  Signer with = signer(seed);
                  return with.chunk("hello ") + with.chunk("world");
              }),
              "IncompleteBody");
    EXPECT_EQ(try_body([&](const std::string& seed) {
                  Signer with = signer(seed);
                  return with.chunk("hello ") + with.chunk("") + "\r\n";
              }),
              "IncompleteBody");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(ChunkedTest, checks_a_signed_trailer) {
    const std::string sum = "DUoRhQ==";  // CRC-32 of "hello world".
    const auto send_with = [&](const std::string& value, const std::string& signed_value) {
        return put_coded(
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            11,
            {{"x-amz-trailer", "x-amz-checksum-crc32"}},
            [&](const std::string& seed) {
                Signer with = signer(seed);
                std::string body = with.chunk("hello world") + with.chunk("");
                std::string trailer = with.trailer("x-amz-checksum-crc32", signed_value);
                trailer.replace(trailer.find(signed_value), signed_value.size(), value);
                return body + trailer + "\r\n";
            });
    };
    EXPECT_EQ(send_with("AAAAAA==", "AAAAAA==").code(), "BadDigest");
    EXPECT_EQ(send_with(sum, "AAAAAA==").code(), "SignatureDoesNotMatch");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
    EXPECT_EQ(send_with(sum, sum).header("x-amz-checksum-crc32"), sum);
    EXPECT_EQ(get("k").body, "hello world");
}

TEST_F(ChunkedTest, checks_an_unsigned_trailer) {
    const auto send_with = [&](const std::string& tail) {
        return put_coded("STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                         11,
                         {{"x-amz-trailer", "x-amz-checksum-crc32"}},
                         [&](const std::string&) { return "b\r\nhello world\r\n0\r\n" + tail; });
    };
    EXPECT_EQ(send_with("x-amz-checksum-crc32:AAAAAA==\r\n\r\n").code(), "BadDigest");
    EXPECT_EQ(send_with("\r\n").code(), "InvalidRequest");
    EXPECT_EQ(send_with("x-amz-checksum-crc32:DUoRhQ==\r\n\r\n").status, 200);
    EXPECT_EQ(get("k").body, "hello world");
}

TEST_F(ChunkedTest, needs_the_decoded_length) {
    http::Request request =
        make_request({.method = "PUT",
                      .bucket = "bucket",
                      .key = "k",
                      .headers = {{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}}});
    sign(request, "AK", "");
    EXPECT_EQ(send(std::move(request)).code(), "MissingContentLength");
}

}  // namespace
}  // namespace antipode::s3

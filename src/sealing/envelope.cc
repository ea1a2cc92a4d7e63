#include "sealing/envelope.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/open_record.h"
#include "base/record.h"
#include "crypto/random_bytes.h"

namespace antipode::sealing {

namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::string_view kWhat = "the envelope of a data key";
constexpr std::size_t kWrappedBytes =
    crypto::kGcmNonceBytes + crypto::kAesKeyBytes + crypto::kGcmTagBytes;

/// What the wrapped key is bound to.
std::string bound_to(const std::string& key_name,
                     std::uint32_t key_version,
                     std::string_view context) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(key_name);
    out.varint(key_version);
    out.text(context);
    return out.take();
}

crypto::GcmNonce nonce_of(ByteView bytes) {
    crypto::GcmNonce nonce{};
    std::ranges::copy(bytes.first(nonce.size()), nonce.begin());
    return nonce;
}

}  // namespace

std::string encode(const Envelope& envelope) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(envelope.key_name);
    out.u32(envelope.key_version);
    out.text(envelope.wrapped);
    return out.take();
}

Result<Envelope> decode_envelope(std::string_view bytes) {
    TRY(RecordReader in, open_record(bytes, kFormat, kWhat));
    Envelope envelope;
    envelope.key_name = in.text();
    envelope.key_version = in.u32();
    envelope.wrapped = in.text();
    TRY_VOID(in.finish(kWhat));
    if (envelope.key_name.empty() || envelope.wrapped.size() != kWrappedBytes) {
        return fail(ErrorCode::Corrupt, fmt::format("{} holds no key", kWhat));
    }
    return envelope;
}

Envelope wrap(const crypto::AesKey& master,
              std::string key_name,
              std::uint32_t key_version,
              std::string_view context,
              const crypto::AesKey& data_key) {
    const std::string bound = bound_to(key_name, key_version, context);
    Bytes wrapped = crypto::random_bytes(crypto::kGcmNonceBytes);
    const crypto::GcmNonce nonce = nonce_of(wrapped);
    wrapped.resize(kWrappedBytes);
    crypto::AesGcm(master).seal(nonce,
                                as_bytes(bound),
                                data_key.bytes(),
                                MutableByteView(wrapped).subspan(crypto::kGcmNonceBytes));
    return {
        .key_name = std::move(key_name), .key_version = key_version, .wrapped = to_string(wrapped)};
}

Result<crypto::AesKey> unwrap(const crypto::AesKey& master,
                              const Envelope& envelope,
                              std::string_view context) {
    const std::string bound = bound_to(envelope.key_name, envelope.key_version, context);
    const ByteView wrapped = as_bytes(envelope.wrapped);
    CHECK(wrapped.size() == kWrappedBytes);
    std::array<std::byte, crypto::kAesKeyBytes> raw{};
    if (!crypto::AesGcm(master).open(
            nonce_of(wrapped), as_bytes(bound), wrapped.subspan(crypto::kGcmNonceBytes), raw)) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("the data key was not wrapped by version {} of the key {} that is "
                                "here, or not for this place",
                                envelope.key_version,
                                envelope.key_name));
    }
    const crypto::AesKey key(raw);
    crypto::wipe(raw);
    return key;
}

}  // namespace antipode::sealing

#include "crypto/aes_gcm.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace antipode::crypto {

namespace {

const unsigned char* octets(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* octets(MutableByteView bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

void wipe(MutableByteView secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
}

AesKey::AesKey(ByteView bytes) {
    CHECK(bytes.size() >= kAesKeyBytes);
    std::ranges::copy(bytes.first(kAesKeyBytes), bytes_.begin());
}

AesKey::~AesKey() {
    wipe(bytes_);
}

void AesGcm::Free::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}

AesGcm::AesGcm(const AesKey& key) : sealing_(EVP_CIPHER_CTX_new()), opening_(EVP_CIPHER_CTX_new()) {
    CHECK(sealing_ && opening_);
    const unsigned char* raw = octets(key.bytes());
    CHECK(EVP_EncryptInit_ex(sealing_.get(), EVP_aes_256_gcm(), nullptr, raw, nullptr) == 1);
    CHECK(EVP_DecryptInit_ex(opening_.get(), EVP_aes_256_gcm(), nullptr, raw, nullptr) == 1);
}

AesGcm::~AesGcm() = default;
AesGcm::AesGcm(AesGcm&&) noexcept = default;
AesGcm& AesGcm::operator=(AesGcm&&) noexcept = default;

void AesGcm::seal(const GcmNonce& nonce, ByteView bound, ByteView plain, MutableByteView out) {
    CHECK(out.size() == plain.size() + kGcmTagBytes);
    EVP_CIPHER_CTX* const context = sealing_.get();
    int done = 0;
    CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, octets(nonce)) == 1);
    if (!bound.empty()) {
        CHECK(EVP_EncryptUpdate(
                  context, nullptr, &done, octets(bound), static_cast<int>(bound.size())) == 1);
    }
    if (!plain.empty()) {
        CHECK(EVP_EncryptUpdate(
                  context, octets(out), &done, octets(plain), static_cast<int>(plain.size())) == 1);
    }
    const MutableByteView tag = out.last(kGcmTagBytes);
    CHECK(EVP_EncryptFinal_ex(context, octets(tag), &done) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(
              context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kGcmTagBytes), tag.data()) == 1);
}

bool AesGcm::open(const GcmNonce& nonce, ByteView bound, ByteView sealed, MutableByteView out) {
    if (sealed.size() < kGcmTagBytes || out.size() != sealed.size() - kGcmTagBytes) {
        return false;
    }
    EVP_CIPHER_CTX* const context = opening_.get();
    const ByteView body = sealed.first(out.size());
    std::array<std::byte, kGcmTagBytes> tag{};
    std::ranges::copy(sealed.last(kGcmTagBytes), tag.begin());
    std::array<unsigned char, kGcmTagBytes> rest{};
    int done = 0;
    CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, octets(nonce)) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(
              context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1);
    if (!bound.empty()) {
        CHECK(EVP_DecryptUpdate(
                  context, nullptr, &done, octets(bound), static_cast<int>(bound.size())) == 1);
    }
    if (!body.empty()) {
        CHECK(EVP_DecryptUpdate(
                  context, octets(out), &done, octets(body), static_cast<int>(body.size())) == 1);
    }
    if (EVP_DecryptFinal_ex(context, rest.data(), &done) != 1) {
        std::ranges::fill(out, std::byte{0});
        return false;
    }
    return true;
}

}  // namespace antipode::crypto

#include "crypto/ed25519.h"

#include <memory>

#include <openssl/evp.h>

#include "base/check.h"

namespace antipode::crypto {

namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* octets(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* octets(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}

Key private_key(const Ed25519Seed& seed) {
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()));
    CHECK(key);
    return key;
}

}  // namespace

Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed) {
    const Key key = private_key(seed);
    Ed25519PublicKey out{};
    std::size_t size = out.size();
    CHECK(EVP_PKEY_get_raw_public_key(key.get(), octets(out.data()), &size) == 1);
    CHECK(size == out.size());
    return out;
}

Ed25519Signature ed25519_sign(const Ed25519Seed& seed, ByteView message) {
    const Key key = private_key(seed);
    const Context context(EVP_MD_CTX_new());
    Ed25519Signature out{};
    std::size_t size = out.size();
    CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
    CHECK(EVP_DigestSign(
              context.get(), octets(out.data()), &size, octets(message), message.size()) == 1);
    CHECK(size == out.size());
    return out;
}

bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature) {
    if (public_key.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
        return false;
    }
    const Key key(EVP_PKEY_new_raw_public_key(
        EVP_PKEY_ED25519, nullptr, octets(public_key), public_key.size()));
    const Context context(EVP_MD_CTX_new());
    return key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(),
                            octets(signature),
                            signature.size(),
                            octets(message),
                            message.size()) == 1;
}

}  // namespace antipode::crypto

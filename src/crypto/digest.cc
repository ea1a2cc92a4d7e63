#include "crypto/digest.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace antipode::crypto {

namespace {

/// Fetched once: an implicit fetch at every init costs more than hashing a short text.
const EVP_MD* algorithm(DigestKind kind) {
    static const EVP_MD* const kMd5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
    static const EVP_MD* const kSha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    switch (kind) {
        case DigestKind::Md5:
            return kMd5;
        case DigestKind::Sha1:
            return kSha1;
        case DigestKind::Sha256:
            return kSha256;
    }
    return nullptr;
}

}  // namespace

void DigestStream::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

DigestStream::DigestStream(DigestKind kind) : context_(EVP_MD_CTX_new()) {
    CHECK(context_ != nullptr);
    CHECK(EVP_DigestInit_ex2(context_.get(), algorithm(kind), nullptr) == 1);
}

DigestStream::~DigestStream() = default;
DigestStream::DigestStream(DigestStream&&) noexcept = default;
DigestStream& DigestStream::operator=(DigestStream&&) noexcept = default;

void DigestStream::update(ByteView bytes) {
    CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Digest DigestStream::finish() {
    Digest result;
    unsigned size = 0;
    auto* out = reinterpret_cast<unsigned char*>(result.bytes_.data());
    CHECK(EVP_DigestFinal_ex(context_.get(), out, &size) == 1);
    result.size_ = size;
    return result;
}

Digest digest(DigestKind kind, ByteView bytes) {
    DigestStream stream(kind);
    stream.update(bytes);
    return stream.finish();
}

}  // namespace antipode::crypto

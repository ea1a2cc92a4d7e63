#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/bytes.h"

struct evp_cipher_ctx_st;

namespace antipode::crypto {

inline constexpr std::size_t kAesKeyBytes = 32;
inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kGcmTagBytes = 16;

using GcmNonce = std::array<std::byte, kGcmNonceBytes>;

/// Zeros that the compiler does not leave out.
void wipe(MutableByteView secret);

/// 256 bits that are wiped from memory when they are no longer needed.
class AesKey {
  public:
    /// All zeros.
    AesKey() = default;
    /// The first 32 bytes of `bytes`, which must be there.
    explicit AesKey(ByteView bytes);
    AesKey(const AesKey&) = default;
    AesKey& operator=(const AesKey&) = default;
    ~AesKey();

    [[nodiscard]] ByteView bytes() const { return bytes_; }

  private:
    std::array<std::byte, kAesKeyBytes> bytes_{};
};

/// AES-256-GCM with one key. A nonce must never be used twice to seal under one key. Movable; one
/// thread at a time. About 3 GB/s.
class AesGcm {
  public:
    explicit AesGcm(const AesKey& key);
    ~AesGcm();
    AesGcm(AesGcm&&) noexcept;
    AesGcm& operator=(AesGcm&&) noexcept;
    AesGcm(const AesGcm&) = delete;
    AesGcm& operator=(const AesGcm&) = delete;

    /// `out` gets the ciphertext and behind it the tag: kGcmTagBytes more than `plain` has.
    void seal(const GcmNonce& nonce, ByteView bound, ByteView plain, MutableByteView out);
    /// The opposite; `out` has kGcmTagBytes less than `sealed`. False when one bit is not as it was
    /// sealed under this key, nonce and `bound`; `out` is then zeros.
    [[nodiscard]] bool open(const GcmNonce& nonce,
                            ByteView bound,
                            ByteView sealed,
                            MutableByteView out);

  private:
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const;
    };

    std::unique_ptr<evp_cipher_ctx_st, Free> sealing_;
    std::unique_ptr<evp_cipher_ctx_st, Free> opening_;
};

}  // namespace antipode::crypto

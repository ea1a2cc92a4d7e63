#include "crypto/random_bytes.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace antipode::crypto {

Bytes random_bytes(std::size_t count) {
    Bytes out(count);
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
    return out;
}

}  // namespace antipode::crypto

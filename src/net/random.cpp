#include "net/random.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace kakehashi::net {

void SystemRandom::fill(std::span<unsigned char> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

}  // namespace kakehashi::net

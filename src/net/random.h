#pragma once

#include "base/outside.h"

namespace kakehashi::net {

// OpenSSL's generator. Aborts when it has no entropy: nothing good could follow.
class SystemRandom : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;
};

}  // namespace kakehashi::net

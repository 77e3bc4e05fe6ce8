#include "base/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace kakehashi {

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretString::SecretString(std::string text) : text_(text) {
    OPENSSL_cleanse(text.data(), text.size());
}

SecretString::SecretString(SecretString&& other) noexcept : text_(std::move(other.text_)) {
    other.wipe();
}

SecretString& SecretString::operator=(const SecretString& other) {
    if (this == &other) return *this;
    wipe();
    text_ = other.text_;
    return *this;
}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    text_.swap(other.text_);
    return *this;
}

SecretString::~SecretString() {
    wipe();
}

// The whole buffer: a short string that was moved from still holds its bytes.
void SecretString::wipe() noexcept {
    text_.resize(text_.capacity());
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
}

}  // namespace kakehashi

#include "base/hash.h"

#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <initializer_list>
#include <memory>

namespace kakehashi {
namespace {

constexpr std::size_t kBlockBytes = 64;

const EVP_MD* algorithm() {
    // The machine's openssl.cnf is for other programs, and nobody here reads OpenSSL's own words.
    static const int kStarted = OPENSSL_init_crypto(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, nullptr
    );
    static const EVP_MD* const kSha256 =
        kStarted == 1 ? EVP_MD_fetch(nullptr, "SHA256", nullptr) : nullptr;
    if (!kSha256) std::abort();
    return kSha256;
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Sha256Digest digest(std::initializer_list<std::string_view> pieces) {
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    Sha256Digest out{};
    bool ok = context && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1;
    for (std::string_view piece : pieces) {
        ok = ok && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
    }
    if (!ok || EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) std::abort();
    return out;
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
    return digest({bytes});
}

std::string sha256_hex(std::string_view bytes) {
    return hex(sha256(bytes));
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, kBlockBytes> inner{}, outer{};
    Sha256Digest short_key{};
    if (key.size() > kBlockBytes) {
        short_key = sha256(key);
        key = view(short_key);
    }
    for (std::size_t i = 0; i < kBlockBytes; ++i) {
        const auto byte = i < key.size() ? static_cast<unsigned char>(key[i]) : 0U;
        inner[i] = static_cast<unsigned char>(byte ^ 0x36U);
        outer[i] = static_cast<unsigned char>(byte ^ 0x5CU);
    }
    const auto text = [](const auto& block) {
        return std::string_view(reinterpret_cast<const char*>(block.data()), block.size());
    };
    const Sha256Digest first = digest({text(inner), bytes});
    const Sha256Digest result = digest({text(outer), view(first)});
    OPENSSL_cleanse(inner.data(), inner.size());
    OPENSSL_cleanse(outer.data(), outer.size());
    OPENSSL_cleanse(short_key.data(), short_key.size());
    return result;
}

std::string stable_id(std::string_view text, std::string_view alphabet, std::size_t length) {
    std::string out(length, '\0');
    Sha256Digest block = sha256(text);
    for (std::size_t i = 0; i < length; ++i) {
        if (i != 0 && i % block.size() == 0) block = sha256(view(block));
        out[i] = alphabet[block[i % block.size()] % alphabet.size()];
    }
    return out;
}

}  // namespace kakehashi

#pragma once

#include "base/time.h"
#include "net/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace kakehashi::net {
namespace detail {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;

inline std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);  // NOLINT(*-cstyle-cast): OpenSSL's macro
    return {bytes, static_cast<std::size_t>(size)};
}

// As base/hash.cpp starts the other half: without the machine's openssl.cnf, and without OpenSSL's
// own words. Before the first PEM, key or context, any of which would start it with both.
inline void start_openssl() {
    OPENSSL_init_ssl(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_SSL_STRINGS |
            OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
        nullptr
    );
}

// The certificates of a PEM text in order; empty when it holds none or a broken one.
std::vector<X509Ptr> read_certificates(const std::string& pem);

}  // namespace detail

struct Certificate::State {
    std::vector<detail::X509Ptr> chain;  // the leaf first
    detail::KeyPtr key;
};

}  // namespace kakehashi::net

#include "net/certificate.h"

#include "net/detail/openssl.h"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace kakehashi::net {
namespace {

using detail::BioPtr;
using detail::KeyPtr;
using detail::X509Ptr;

// What only fails when memory is out or OpenSSL was built without elliptic curves.
template <class T>
T must(T result) {
    if (!result) std::abort();
    return result;
}

BioPtr reader_of(const std::string& text) {
    detail::start_openssl();
    return BioPtr(must(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))));
}

// Without a callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

void add_name(X509* certificate, const std::string& common_name) {
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* bytes = reinterpret_cast<const unsigned char*>(common_name.data());
    constexpr std::size_t kCommonNameMax = 64;  // ub-common-name, RFC 5280
    const int size = static_cast<int>(std::min(common_name.size(), kCommonNameMax));
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, size, -1, 0));
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = must(X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str()));
    must(X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

void set_serial(X509* certificate) {
    constexpr int kSerialBits = 127;
    BIGNUM* number = must(BN_new());
    must(BN_rand(number, kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
    must(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
}

// Version 3, with a key of its own, but not signed yet.
std::shared_ptr<Certificate::State> unsigned_one(
    const std::string& common_name,
    Validity validity
) {
    detail::start_openssl();
    auto made = std::make_shared<Certificate::State>();
    made->key.reset(must(EVP_EC_gen("P-256")));
    made->chain.emplace_back(must(X509_new()));
    X509* certificate = made->chain.front().get();
    must(X509_set_version(certificate, X509_VERSION_3));
    set_serial(certificate);
    const auto seconds = std::chrono::system_clock::to_time_t;
    must(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(validity.from)));
    must(ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(validity.until)));
    add_name(certificate, common_name);
    must(X509_set_pubkey(certificate, made->key.get()));
    return made;
}

bool is_address(const std::string& name) {
    boost::system::error_code failed;
    boost::asio::ip::make_address(name, failed);
    return !failed;
}

std::string alternative_names(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) {
        list += (list.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
    }
    return list;
}

}  // namespace

std::vector<X509Ptr> detail::read_certificates(const std::string& pem) {
    std::vector<X509Ptr> chain;
    const BioPtr reader = reader_of(pem);
    while (X509* one = PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)) {
        chain.emplace_back(one);
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!at_end) chain.clear();
    return chain;
}

Message describe(CertificateError error) {
    switch (error) {
        case CertificateError::BadCertificate:
            return {"net.certificate.bad_certificate"_msg};
        case CertificateError::BadKey:
            return {"net.certificate.bad_key"_msg};
        case CertificateError::KeyDiffers:
            return {"net.certificate.key_differs"_msg};
    }
    std::abort();
}

Expected<Certificate, CertificateError> Certificate::from_pem(
    const std::string& pem,
    const SecretString& key_pem
) {
    auto read = std::make_shared<State>();
    read->chain = detail::read_certificates(pem);
    if (read->chain.empty()) return Failure{CertificateError::BadCertificate};
    const BioPtr reader = reader_of(key_pem.reveal());
    read->key.reset(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
    const bool fits =
        read->key && X509_check_private_key(read->chain.front().get(), read->key.get()) == 1;
    ERR_clear_error();
    if (!read->key) return Failure{CertificateError::BadKey};
    if (!fits) return Failure{CertificateError::KeyDiffers};
    return Certificate(std::move(read));
}

std::string Certificate::pem() const {
    const BioPtr out(must(BIO_new(BIO_s_mem())));
    for (const auto& one : state_->chain) {
        must(PEM_write_bio_X509(out.get(), one.get()));
    }
    return detail::text_of(out.get());
}

SecretString Certificate::key_pem() const {
    const BioPtr out(must(BIO_new(BIO_s_secmem())));
    must(PEM_write_bio_PKCS8PrivateKey(
        out.get(), state_->key.get(), nullptr, nullptr, 0, no_passphrase, nullptr
    ));
    return SecretString(detail::text_of(out.get()));
}

Authority Authority::make(const std::string& common_name, Validity validity) {
    auto root = unsigned_one(common_name, validity);
    X509* certificate = root->chain.front().get();
    must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)));
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
    must(X509_sign(certificate, root->key.get(), EVP_sha256()));
    return Authority(Certificate(std::move(root)));
}

Certificate Authority::issue(const std::vector<std::string>& names, Validity validity) const {
    auto leaf = unsigned_one(names.at(0), validity);
    X509* certificate = leaf->chain.front().get();
    X509* issuer = root_.state().chain.front().get();
    must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
    add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(names));
    must(X509_sign(certificate, root_.state().key.get(), EVP_sha256()));
    return Certificate(std::move(leaf));
}

std::string Authority::pem() const {
    return root_.pem();
}

}  // namespace kakehashi::net

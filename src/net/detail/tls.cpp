#include "net/detail/tls.h"

#include "net/files.h"
#include "net/trust.h"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace kakehashi::net {
namespace detail {
namespace {

constexpr int kSecurityLevel = 2;      // 112 bits: no SHA-1, no RSA below 2,048 bits
constexpr int kIntermediatesMax = 10;  // of a server's chain

Socket& socket_of(BIO* bio) {
    return *static_cast<Socket*>(BIO_get_data(bio));
}

bool is_not_yet(int number) {
    return number == EAGAIN || number == EINTR;
}

int bio_read(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = socket_of(bio).receive(bytes, static_cast<std::size_t>(size));
    if (got < 0 && is_not_yet(errno)) BIO_set_retry_read(bio);
    if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(got);
}

int bio_write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto sent = socket_of(bio).send({bytes, static_cast<std::size_t>(size)});
    if (sent < 0 && is_not_yet(errno)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

long bio_ctrl(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

int bio_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* socket_method() {
    static const BIO_METHOD* const kMethod = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        if (made == nullptr) std::abort();
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_ctrl);
        BIO_meth_set_create(made, bio_create);
        return made;
    }();
    return kMethod;
}

int session_slot_index() {
    static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return kIndex;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* slot = static_cast<SessionPtr*>(SSL_get_ex_data(ssl, session_slot_index()));
    if (slot == nullptr) return 0;
    slot->reset(session);
    return 1;  // it is ours now
}

SslPtr make_ssl(SSL_CTX* context, Socket& socket) {
    SslPtr ssl(SSL_new(context));
    if (!ssl) std::abort();
    BIO* bio = make_socket_bio(socket);
    SSL_set_bio(ssl.get(), bio, bio);
    return ssl;
}

// SSL_set_tlsext_host_name without its cast.
bool ask_for(SSL* ssl, std::string host) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

}  // namespace

ContextPtr make_context(Side side) {
    start_openssl();
    ContextPtr made(
        SSL_CTX_new(side == Side::Client ? TLS_client_method() : TLS_server_method()), SSL_CTX_free
    );
    if (!made) std::abort();
    SSL_CTX* context = made.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) std::abort();
    SSL_CTX_set_security_level(context, kSecurityLevel);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // header and body of a record in one call
    if (side == Side::Client) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_verify_depth(context, kIntermediatesMax);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    } else {
        SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory
    }
    return made;
}

BIO* make_socket_bio(Socket& socket) {
    BIO* bio = BIO_new(socket_method());
    if (bio == nullptr) std::abort();
    BIO_set_data(bio, &socket);
    return bio;
}

void keep_session_in(SSL* ssl, SessionPtr* slot) {
    SSL_set_ex_data(ssl, session_slot_index(), slot);
    if (*slot) SSL_set_session(ssl, slot->get());
}

SslPtr make_client(SSL_CTX* context, const std::string& host, Socket& socket) {
    SslPtr ssl = make_ssl(context, socket);
    boost::system::error_code is_name;
    boost::asio::ip::make_address(host, is_name);
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl.get());
    // RFC 9525 §2, §6.3: a common name identifies nobody, and a wildcard is a whole label.
    X509_VERIFY_PARAM_set_hostflags(
        wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
    );
    const bool set = is_name ? X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
                                   ask_for(ssl.get(), host)
                             : X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
    if (!set) return nullptr;  // a host that no certificate could name
    SSL_set_connect_state(ssl.get());
    return ssl;
}

SslPtr make_server(SSL_CTX* context, Socket& socket) {
    SslPtr ssl = make_ssl(context, socket);
    SSL_set_accept_state(ssl.get());
    return ssl;
}

}  // namespace detail

Message describe(const TrustError& error) {
    switch (error.kind) {
        case TrustError::Kind::FileMissing:
            return {"net.trust.file_missing"_msg, {{"file", error.file}}};
        case TrustError::Kind::FileBroken:
            return {"net.trust.file_broken"_msg, {{"file", error.file}}};
        case TrustError::Kind::NoSystemStore:
            return {"net.trust.no_system_store"_msg};
    }
    std::abort();
}

Expected<Trust, TrustError> Trust::from_pem(const std::string& pem, const std::string& file) {
    const auto certificates = detail::read_certificates(pem);
    if (certificates.empty()) return Failure{TrustError{TrustError::Kind::FileBroken, file}};
    auto context = detail::make_context(detail::Side::Client);
    X509_STORE* store = SSL_CTX_get_cert_store(context.get());
    for (const auto& one : certificates) {
        X509_STORE_add_cert(store, one.get());
    }
    return Trust(std::move(context));
}

Expected<Trust, TrustError> Trust::from_file(const std::string& path) {
    constexpr std::size_t kBundleBytesMax = 4U << 20U;
    const auto pem = SystemFiles().read(path, kBundleBytesMax);
    if (!pem) {
        const bool broken =
            pem.error() == FileError::TooLarge || pem.error() == FileError::NotAFile;
        return Failure{TrustError{
            broken ? TrustError::Kind::FileBroken : TrustError::Kind::FileMissing, path}};
    }
    return from_pem(*pem, path);
}

Expected<Trust, TrustError> Trust::system() {
    for (const char* path :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"}) {
        if (auto trust = from_file(path)) return trust;
    }
    return Failure{TrustError{TrustError::Kind::NoSystemStore, {}}};
}

}  // namespace kakehashi::net

#pragma once

#include "net/certificate.h"
#include "net/detail/openssl.h"
#include "net/detail/socket.h"

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>

namespace kakehashi::net::detail {

using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using ContextPtr = std::shared_ptr<SSL_CTX>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;

enum class Side { Client, Server };

// TLS 1.2 with forward secrecy and AEAD, or 1.3. Stream gives OpenSSL's buffers back.
ContextPtr make_context(Side side);

// A socket as OpenSSL's transport, without SIGPIPE. It is borrowed.
BIO* make_socket_bio(Socket& socket);

// Where the newest session of an origin is kept, for a shorter next handshake. The slot must
// outlive the SSL.
void keep_session_in(SSL* ssl, SessionPtr* slot);

// A client's view of `host`: SNI, and the name or address that the certificate must have.
SslPtr make_client(SSL_CTX* context, const std::string& host, Socket& socket);
SslPtr make_server(SSL_CTX* context, Socket& socket);

}  // namespace kakehashi::net::detail

#include "net/client.h"
#include "net/detail/openssl.h"
#include "net/task_group.h"
#include "net/trust.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

// Certificates that no honest authority would issue, or that say less than they seem to: our client
// against a TLS server of OpenSSL's that shows whatever it is given.
namespace kakehashi::net {
namespace {

namespace asio = boost::asio;
using detail::Freed;
using detail::KeyPtr;
using detail::X509Ptr;
using http::NetErrorKind;
using std::chrono::hours;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;

constexpr std::chrono::milliseconds kLong = 20s;  // never reached

// One subjectAltName as it is, bytes and all.
struct San {
    int kind = GEN_DNS;
    std::string bytes;
};
San dns(std::string name) {
    return {GEN_DNS, std::move(name)};
}

enum class Key { P256, Rsa1024, Rsa2048 };
enum class Signed { Sha256, Sha1, ByAnother, Broken };

// What differs from a good certificate for a.test.
struct Shape {
    std::string common_name = "Test";
    std::vector<San> names = {};
    std::vector<std::pair<int, std::string>> extensions = {};  // NID and OpenSSL's text
    hours from = hours(-1), until = hours(1);
    Key key = Key::P256;
    Signed how = Signed::Sha256;
};

struct Pair {
    X509Ptr certificate;
    KeyPtr key;
};

KeyPtr make_key(Key kind) {
    if (kind == Key::P256) return KeyPtr(EVP_EC_gen("P-256"));
    return KeyPtr(EVP_RSA_gen(kind == Key::Rsa1024 ? 1024U : 2048U));
}

// RSA takes its time: one of each kind is enough, and nothing here depends on the key.
KeyPtr key_of(Key kind) {
    if (kind == Key::P256) return make_key(kind);
    static const KeyPtr kSmall = make_key(Key::Rsa1024), kGood = make_key(Key::Rsa2048);
    EVP_PKEY* key = (kind == Key::Rsa1024 ? kSmall : kGood).get();
    EVP_PKEY_up_ref(key);
    return KeyPtr(key);
}

void add_names(X509* certificate, const std::vector<San>& names) {
    if (names.empty()) return;
    GENERAL_NAMES* list = GENERAL_NAMES_new();
    for (const auto& [kind, bytes] : names) {
        GENERAL_NAME* name = GENERAL_NAME_new();
        ASN1_STRING* text =
            ASN1_STRING_type_new(kind == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
        ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
        GENERAL_NAME_set0_value(name, kind, text);
        sk_GENERAL_NAME_push(list, name);
    }
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT);
    GENERAL_NAMES_free(list);
}

void add_extensions(X509* certificate, X509* issuer, const Shape& shape) {
    for (const auto& [kind, value] : shape.extensions) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
        X509_EXTENSION* made = X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str());
        ASSERT_NE(made, nullptr) << value;
        X509_add_ext(certificate, made, -1);
        X509_EXTENSION_free(made);
    }
}

void sign(X509* certificate, EVP_PKEY* key, Signed how) {
    const KeyPtr another = make_key(Key::P256);
    X509_sign(
        certificate,
        how == Signed::ByAnother ? another.get() : key,
        how == Signed::Sha1 ? EVP_sha1() : EVP_sha256()
    );
    if (how != Signed::Broken) return;
    // The content changes behind the signature.
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
}

// Without an issuer it signs itself.
Pair issue(const Pair* issuer, const Shape& shape) {
    Pair made{X509Ptr(X509_new()), key_of(shape.key)};
    X509* certificate = made.certificate.get();
    static long serial = 100;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    const auto seconds = [](hours time) -> long { return std::chrono::seconds(time).count(); };
    X509_gmtime_adj(X509_getm_notBefore(certificate), seconds(shape.from));
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds(shape.until));
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate),
        "CN",
        MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(shape.common_name.data()),
        static_cast<int>(shape.common_name.size()),
        -1,
        0
    );
    const Pair& by = issuer ? *issuer : made;
    X509_set_issuer_name(certificate, X509_get_subject_name(by.certificate.get()));
    X509_set_pubkey(certificate, made.key.get());
    add_names(certificate, shape.names);
    add_extensions(certificate, by.certificate.get(), shape);
    sign(certificate, by.key.get(), shape.how);
    return made;
}

Shape authority(std::string name) {
    Shape shape;
    shape.common_name = std::move(name);
    shape.extensions = {{NID_basic_constraints, "critical,CA:TRUE"}};
    return shape;
}

std::string pem_of(const Pair& pair) {
    const detail::BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), pair.certificate.get());
    return detail::text_of(out.get());
}

// Shows a chain to one client, answers one request, and ends. Takes keys and digests of any
// strength: it is the client that has to refuse them.
class TlsPeer {
public:
    explicit TlsPeer(const std::vector<Pair>& chain) : context_(SSL_CTX_new(TLS_server_method())) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_use_certificate(context_.get(), chain.front().certificate.get());
        SSL_CTX_use_PrivateKey(context_.get(), chain.front().key.get());
        for (std::size_t i = 1; i < chain.size(); ++i) {
            SSL_CTX_add1_chain_cert(context_.get(), chain[i].certificate.get());
        }
        listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listening_, any, size), 0);
        EXPECT_EQ(::listen(listening_, 1), 0);
        EXPECT_EQ(::getsockname(listening_, any, &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    TlsPeer(const TlsPeer&) = delete;
    TlsPeer& operator=(const TlsPeer&) = delete;
    ~TlsPeer() {
        ::shutdown(listening_, SHUT_RDWR);  // should nobody have come
        thread_.join();
        ::close(listening_);
    }
    std::uint16_t port() const { return port_; }

private:
    void serve() const {
        const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        const SslPtr ssl(SSL_new(context_.get()));
        SSL_set_fd(ssl.get(), connection);
        std::array<char, 4096> request{};
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        if (SSL_accept(ssl.get()) == 1 &&
            SSL_read(ssl.get(), request.data(), static_cast<int>(request.size())) > 0) {
            SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
        }
        ::close(connection);
    }

    ContextPtr context_;
    int listening_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

class Loopback : public Resolver {
public:
    asio::awaitable<Expected<std::vector<std::string>, http::NetError>> resolve(
        std::string,
        std::chrono::milliseconds
    ) override {
        co_return std::vector<std::string>{"127.0.0.1"};
    }
    void forget(const std::string&) override {}
};

using Outcome = std::optional<NetErrorKind>;  // nullopt: it answered

class OddCertificate : public testing::Test {
public:
    OddCertificate() : root(issue(nullptr, authority("Test CA"))) {
        std::signal(SIGPIPE, SIG_IGN);  // the peer may write to a client that has left
    }

    asio::awaitable<void> ask(ClientPool* pool, http::Origin origin, Outcome* outcome) {
        http::Request request;
        request.method = "GET";
        request.target = "/";
        auto got = co_await pool->exchange(origin, std::move(request), http::within(kLong));
        if (!got) *outcome = got.error().kind;
    }

    // What our client makes of the chain when it calls `host` and believes `trusted`.
    Outcome call(const std::string& host, const std::vector<Pair>& chain, const Pair& trusted) {
        const TlsPeer peer(chain);
        asio::io_context io{1};
        Loopback names;
        const http::Origin origin{"https", host, peer.port()};
        ClientPool::Settings settings;
        settings.allowed.push_back(origin);
        settings.trust = *Trust::from_pem(pem_of(trusted), "ca.pem");
        ClientPool pool(io.get_executor(), names, std::move(settings));
        Outcome outcome;
        TaskGroup tasks(io.get_executor());
        tasks.spawn(ask(&pool, origin, &outcome));
        while (tasks.running() > 0) {
            io.run_one();
        }
        return outcome;
    }

    // A leaf of the root's alone.
    Outcome call_leaf(const std::string& host, const Shape& shape) {
        std::vector<Pair> chain;
        chain.push_back(issue(&root, shape));
        return call(host, chain, root);
    }

    Pair root;
};

constexpr auto kDiffers = NetErrorKind::TlsNameDiffers;
constexpr auto kUntrusted = NetErrorKind::TlsUntrusted;
constexpr auto kExpired = NetErrorKind::TlsExpired;
constexpr auto kFailed = NetErrorKind::TlsFailed;

TEST_F(OddCertificate, NamesCountAsRfc9525Says) {
    using namespace std::string_literals;  // NOLINT(google-build-using-namespace): for NUL
    struct Row {
        std::string host;
        std::vector<San> names;
        Outcome outcome;
    };
    const std::string address("\x7F\0\0\1", 4);
    const std::vector<Row> rows = {
        {"a.test", {dns("a.test")}, {}},
        {"a.test", {dns("b.test"), dns("a.test")}, {}},
        {"a.test", {dns("A.TEST")}, {}},
        {"A.Test", {dns("a.test")}, {}},
        {"a.test", {dns("a.test.")}, kDiffers},
        {"a.test", {dns("a.test ")}, kDiffers},
        {"a.test", {dns(" a.test")}, kDiffers},
        {"a.test", {dns("a.test:443")}, kDiffers},
        {"a.test", {dns("https://a.test")}, kDiffers},
        {"a.test", {dns("")}, kDiffers},
        {"a.test", {dns(".test")}, kDiffers},
        {"a.test", {dns("test")}, kDiffers},
        {"a.test", {dns("b.a.test")}, kDiffers},
        {"b.a.test", {dns("a.test")}, kDiffers},
        {"b.a.test", {dns(".a.test")}, kDiffers},
        // Wildcards: the whole first label, one label, below two others.
        {"b.a.test", {dns("*.a.test")}, {}},
        {"xn--p8j.a.test", {dns("*.a.test")}, {}},
        {"a.test", {dns("*.a.test")}, kDiffers},
        {"c.b.a.test", {dns("*.a.test")}, kDiffers},
        {"bb.a.test", {dns("b*.a.test")}, kDiffers},
        {"bb.a.test", {dns("*b.a.test")}, kDiffers},
        {"bcb.a.test", {dns("b*b.a.test")}, kDiffers},
        {"xn--p8j.a.test", {dns("xn--*.a.test")}, kDiffers},
        {"c.b.a.test", {dns("*.*.a.test")}, kDiffers},
        {"b.a.test", {dns("b.*.test")}, kDiffers},
        {"b.a.test", {dns("**.a.test")}, kDiffers},
        {"a.test", {dns("*.test")}, kDiffers},
        {"a.test", {dns("*")}, kDiffers},
        {"a.test", {dns("*.")}, kDiffers},
        {"a.test", {dns("*.*")}, kDiffers},
        {"127.0.0.1", {dns("*.0.0.1")}, kDiffers},
        // A name goes on behind its NUL.
        {"a.test", {dns("a.test\0.b.test"s)}, kDiffers},
        {"a.test", {dns("a.test\0"s)}, kDiffers},
        {"a.test", {dns("\0a.test"s)}, kDiffers},
        {"b.a.test", {dns("*\0.a.test"s)}, kDiffers},
        // Addresses are no names, and names no addresses.
        {"127.0.0.1", {{GEN_IPADD, address}}, {}},
        {"127.0.0.1", {dns("127.0.0.1")}, kDiffers},
        {"a.test", {{GEN_IPADD, address}}, kDiffers},
        {"127.0.0.1", {{GEN_IPADD, std::string("\x7F\0\0\2", 4)}}, kDiffers},
        {"127.0.0.1", {{GEN_IPADD, address + "\0\0\0\0"s}}, kDiffers},
        {"127.0.0.1", {{GEN_IPADD, std::string("\x7F\0\0", 3)}}, kDiffers},
        {"127.0.0.1", {{GEN_IPADD, "127.0.0.1"}}, kDiffers},
        // Look-alikes: Cyrillic letters, as punycode and as they are.
        {"a.test", {dns("xn--80a.test")}, kDiffers},
        {"xn--80a.test", {dns("a.test")}, kDiffers},
        {"xn--80a.test", {dns("xn--80a.test")}, {}},
        {"a.test", {dns("\xD0\xB0.test")}, kDiffers},
        {"xn--80a.test", {dns("\xD0\xB0.test")}, kDiffers},
        // Other kinds of name.
        {"a.test", {{GEN_URI, "https://a.test/"}}, kDiffers},
        {"a.test", {{GEN_URI, "a.test"}}, kDiffers},
        {"a.test", {{GEN_EMAIL, "a.test"}}, kDiffers},
        {"a.test", {{GEN_EMAIL, "x@a.test"}}, kDiffers},
    };
    for (const auto& [host, names, outcome] : rows) {
        Shape shape;
        shape.names = names;
        EXPECT_EQ(call_leaf(host, shape), outcome) << host << " | " << names.back().bytes;
    }
}

// RFC 9525 §2: what the subject's common name says identifies no server.
TEST_F(OddCertificate, CommonNamesCountForNothing) {
    using namespace std::string_literals;  // NOLINT(google-build-using-namespace): for NUL
    const std::string address("\x7F\0\0\1", 4);
    const std::vector<std::vector<San>> rest = {
        {}, {dns("b.test")}, {{GEN_IPADD, address}}, {{GEN_EMAIL, "x@a.test"}}};
    for (const auto& common_name : {"a.test"s, "*.test"s, "a.test\0.b.test"s}) {
        for (const auto& names : rest) {
            Shape shape;
            shape.common_name = common_name;
            shape.names = names;
            EXPECT_EQ(call_leaf("a.test", shape), kDiffers) << common_name;
        }
    }
}

TEST_F(OddCertificate, ManyNamesAreReadUpToALimit) {
    struct Row {
        std::size_t names = 0;
        Outcome outcome;
    };
    for (const auto& [count, outcome] : {Row{1'000, {}}, Row{10'000, kFailed}}) {
        Shape shape;
        for (std::size_t i = 1; i < count; ++i) {
            shape.names.push_back(dns("host-" + std::to_string(i) + ".b.test"));
        }
        shape.names.push_back(dns("a.test"));
        EXPECT_EQ(call_leaf("a.test", shape), outcome) << count;
    }
}

TEST_F(OddCertificate, LeavesMustBeSoundInEveryPart) {
    struct Row {
        const char* what;
        Shape shape;
        Outcome outcome;
    };
    const auto with = [](int kind, std::string value) {
        Shape shape;
        shape.extensions = {{kind, std::move(value)}};
        return shape;
    };
    const std::vector<Row> rows = {
        {"nothing odd", {}, {}},
        {"RSA of 2,048 bits", {.key = Key::Rsa2048}, {}},
        {"expired", {.from = hours(-2), .until = hours(-1)}, kExpired},
        {"not yet valid", {.from = hours(1), .until = hours(2)}, kExpired},
        {"ends before it begins", {.from = hours(1), .until = hours(-1)}, kExpired},
        {"RSA of 1,024 bits", {.key = Key::Rsa1024}, kUntrusted},
        {"SHA-1", {.how = Signed::Sha1}, kUntrusted},
        {"signed by another key", {.how = Signed::ByAnother}, kUntrusted},
        {"changed after it was signed", {.how = Signed::Broken}, kUntrusted},
        {"for servers", with(NID_ext_key_usage, "serverAuth"), {}},
        {"for clients", with(NID_ext_key_usage, "clientAuth"), kUntrusted},
        {"for code", with(NID_ext_key_usage, "codeSigning"), kUntrusted},
        {"for mail", with(NID_ext_key_usage, "critical,emailProtection"), kUntrusted},
        {"for signing certificates", with(NID_key_usage, "critical,keyCertSign"), kUntrusted},
        {"a critical extension that nobody knows",
         with(NID_netscape_comment, "critical,x"),
         kUntrusted},
        {"an extension that nobody knows", with(NID_netscape_comment, "x"), {}},
    };
    for (auto [what, shape, outcome] : rows) {
        shape.names = {dns("a.test")};
        EXPECT_EQ(call_leaf("a.test", shape), outcome) << what;
    }
}

TEST_F(OddCertificate, ChainsMustLeadToTheRoot) {
    Shape leaf;
    leaf.names = {dns("a.test")};
    struct Row {
        const char* what;
        Shape between;
        Outcome outcome;
    };
    const auto with = [](int kind, std::string value) {
        Shape shape = authority("Between");
        shape.extensions.emplace_back(kind, std::move(value));
        return shape;
    };
    Shape expired = authority("Between"), weak = authority("Between"), no_authority, broken;
    expired.from = hours(-2), expired.until = hours(-1);
    weak.key = Key::Rsa1024;
    no_authority.extensions = {{NID_basic_constraints, "critical,CA:FALSE"}};
    broken = authority("Between");
    broken.how = Signed::ByAnother;
    const std::vector<Row> rows = {
        {"nothing odd", authority("Between"), {}},
        {"expired", expired, kExpired},
        {"a weak key", weak, kUntrusted},
        {"no authority", no_authority, kUntrusted},
        {"silent about authority", Shape{}, kUntrusted},
        {"signed by another", broken, kUntrusted},
        {"must not sign certificates", with(NID_key_usage, "digitalSignature"), kUntrusted},
        {"may name it", with(NID_name_constraints, "critical,permitted;DNS:a.test"), {}},
        {"may name others",
         with(NID_name_constraints, "critical,permitted;DNS:b.test"),
         kUntrusted},
        {"must not name it", with(NID_name_constraints, "critical,excluded;DNS:test"), kUntrusted},
    };
    for (const auto& [what, shape, outcome] : rows) {
        std::vector<Pair> chain(2);
        chain[1] = issue(&root, shape);
        chain[0] = issue(&chain[1], leaf);
        EXPECT_EQ(call("a.test", chain, root), outcome) << what;
        if (outcome) continue;
        chain.pop_back();
        EXPECT_EQ(call("a.test", chain, root), kUntrusted) << what << ", not sent";
    }
}

TEST_F(OddCertificate, RootsAreThoseThatAreTrusted) {
    Shape leaf;
    leaf.names = {dns("a.test")};
    std::vector<Pair> alone;
    alone.push_back(issue(nullptr, leaf));
    EXPECT_EQ(call("a.test", alone, root), kUntrusted);     // signs itself
    EXPECT_EQ(call("a.test", alone, alone[0]), Outcome());  // and is trusted as it is

    const Pair namesake = issue(nullptr, authority("Test CA"));
    std::vector<Pair> chain;
    chain.push_back(issue(&namesake, leaf));
    EXPECT_EQ(call("a.test", chain, root), kUntrusted);

    Shape old = authority("Old CA");
    old.from = hours(-2), old.until = hours(-1);
    const Pair expired = issue(nullptr, old);
    chain[0] = issue(&expired, leaf);
    EXPECT_EQ(call("a.test", chain, expired), kExpired);

    Shape shallow = authority("Shallow CA");
    shallow.extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"}};
    const Pair narrow = issue(nullptr, shallow);
    std::vector<Pair> deep(2);
    deep[1] = issue(&narrow, authority("Between"));
    deep[0] = issue(&deep[1], leaf);
    EXPECT_EQ(call("a.test", deep, narrow), kUntrusted);
}

TEST_F(OddCertificate, ChainsAreFollowedUpToALimit) {
    Shape leaf;
    leaf.names = {dns("a.test")};
    struct Row {
        std::size_t between = 0;
        Outcome outcome;
    };
    for (const auto& [between, outcome] : {Row{5, {}}, Row{100, kUntrusted}}) {
        std::vector<Pair> chain(between + 1);
        for (std::size_t i = between; i > 0; --i) {
            const Pair* issuer = i == between ? &root : &chain[i + 1];
            chain[i] = issue(issuer, authority("Between " + std::to_string(i)));
        }
        chain[0] = issue(&chain[1], leaf);
        EXPECT_EQ(call("a.test", chain, root), outcome) << between;
    }
}

}  // namespace
}  // namespace kakehashi::net

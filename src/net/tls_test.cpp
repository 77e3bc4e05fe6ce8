#include "net/detail/loopback.h"

#include <gtest/gtest.h>

namespace kakehashi::net::detail {
namespace {

class Tls : public Loopback {};

TEST_F(Tls, TellsTlsFaultsApart) {
    const TimePoint now = clock.now();
    auto other = Authority::make("Other CA", valid());
    auto stranger = [certificate = other.issue({"a.test"}, valid())](std::string_view) {
        return std::optional(certificate);
    };
    auto nobody = [](std::string_view) { return std::optional<Certificate>(); };
    struct Row {
        CertificateFor certificate_for;
        NetErrorKind kind;
    };
    const Row rows[] = {
        {stranger, NetErrorKind::TlsUntrusted},
        {one({"b.test"}, valid()), NetErrorKind::TlsNameDiffers},
        {one({"*.a.test"}, valid()), NetErrorKind::TlsNameDiffers},
        {one({"127.0.0.1"}, valid()), NetErrorKind::TlsNameDiffers},
        {one({"a.test"}, {now - hours(2), now - hours(1)}), NetErrorKind::TlsExpired},
        {one({"a.test"}, {now + hours(1), now + hours(2)}), NetErrorKind::TlsExpired},
        {nobody, NetErrorKind::TlsFailed},
    };
    for (const auto& [certificate_for, wanted] : rows) {
        auto server = serve({.certificate_for = certificate_for});
        auto pool = client(https(*server));
        EXPECT_EQ(kind(*pool, https(*server), get("/")), wanted);
    }
    auto in_the_clear = serve({});
    auto pool = client(https(*in_the_clear));
    EXPECT_EQ(kind(*pool, https(*in_the_clear), get("/")), NetErrorKind::TlsFailed);
    EXPECT_EQ(handler.handled, 0);
}

TEST_F(Tls, VerifiesAddressesAndWildcards) {
    auto server = serve({.certificate_for = one({"*.a.test", "127.0.0.1"}, valid())});
    for (const char* host : {"b.a.test", "127.0.0.1"}) {
        const Origin origin{"https", host, server->port()};
        auto pool = client(origin);
        EXPECT_TRUE(fetch(*pool, origin, get("/"))) << host;
    }
}

// A server asks for its certificate in a full handshake alone.
TEST_F(Tls, ResumesTlsSessions) {
    int full = 0;
    auto counted = [&, certificate_for = one({"a.test"}, valid())](std::string_view name) {
        ++full;
        return certificate_for(name);
    };
    auto server = serve({.certificate_for = counted});
    auto pool = client(https(*server));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(fetch(*pool, https(*server), get("/")));
        pool->close_idle();
    }
    EXPECT_EQ(full, 1);
    auto stranger = client(https(*server));
    EXPECT_TRUE(fetch(*stranger, https(*server), get("/")));
    EXPECT_EQ(full, 2);
}

// The ticket of a server that is gone means nothing to the next one, which is verified anew.
TEST_F(Tls, VerifiesAServerThatDoesNotResume) {
    auto first = serve_tls();
    const Origin origin = https(*first);
    auto pool = client(origin);
    EXPECT_TRUE(fetch(*pool, origin, get("/")));
    auto die = [&]() -> asio::awaitable<void> { co_await first->close(0ms); };
    run_at_once(die, 1);
    auto other = Authority::make("Other CA", valid());
    auto impostor = [certificate = other.issue({"a.test"}, valid())](std::string_view) {
        return std::optional(certificate);
    };
    auto second = serve({.port = origin.port, .certificate_for = impostor});
    EXPECT_EQ(kind(*pool, origin, get("/")), NetErrorKind::TlsUntrusted);
    EXPECT_EQ(handler.handled, 1);
}

}  // namespace
}  // namespace kakehashi::net::detail

#pragma once

#include "base/expected.h"
#include "http/net_error.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace kakehashi::net {

// From a host name to addresses, in the order in which to try them. Thread rule: one strand.
class Resolver {
public:
    virtual ~Resolver() = default;
    // At least one address, as text. Errors: NameNotFound, DnsFailed, Cancelled.
    virtual boost::asio::awaitable<Expected<std::vector<std::string>, http::NetError>> resolve(
        std::string host,
        std::chrono::milliseconds limit
    ) = 0;
    virtual void forget(const std::string& host) = 0;  // asks again next time
};

// c-ares: no thread, no NSS, so that it works in a static binary. Honours /etc/hosts and
// /etc/resolv.conf, both families, and keeps a success for a minute at most (P14).
class DnsResolver : public Resolver {
public:
    explicit DnsResolver(boost::asio::any_io_executor executor);
    // These name servers instead of the machine's: "127.0.0.1:5353".
    DnsResolver(boost::asio::any_io_executor executor, const std::string& servers);
    ~DnsResolver() override;

    boost::asio::awaitable<Expected<std::vector<std::string>, http::NetError>> resolve(
        std::string host,
        std::chrono::milliseconds limit
    ) override;
    void forget(const std::string& host) override;

private:
    class Channel;
    std::shared_ptr<Channel> channel_;  // shared with the waits on its sockets
};

}  // namespace kakehashi::net

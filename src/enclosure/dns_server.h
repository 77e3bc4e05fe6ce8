#pragma once

#include "base/expected.h"
#include "base/ipv4.h"
#include "base/message.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kakehashi::enclosure {

// What a resolver says of a name's IPv4 addresses. A name with addresses has none of any other
// type: AAAA and the rest get an answer without records.
struct NameAnswer {
    enum class Status { Addresses, NoSuchName, Refused };
    Status status = Status::NoSuchName;
    std::vector<Ipv4> addresses = {};  // in the order in which clients should try them
};
// `name`: lower case, without the final dot. Must not throw.
using ResolveName = std::function<NameAnswer(std::string_view name)>;

// A DNS server over UDP and TCP, for questions of class IN. What it cannot read it does not answer,
// or with FORMERR where an id is there. Bounded in size, connections and time.
// Thread rule: one strand. Source: RFC 1035, RFC 7766.
class DnsServer {
public:
    static Expected<std::unique_ptr<DnsServer>, Message> listen(
        boost::asio::any_io_executor executor,
        Ipv4 address,
        std::uint16_t port,  // 0: any free one, the same for both
        ResolveName resolve
    );
    ~DnsServer();  // closes its sockets; what it started ends with the executor
    std::uint16_t port() const;

private:
    class State;
    explicit DnsServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

}  // namespace kakehashi::enclosure

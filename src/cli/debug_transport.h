#pragma once

#include "cli/terminal.h"
#include "http/transport.h"

namespace kakehashi::cli {

// --debug: tells each exchange on standard error, its header fields with every secret masked and
// its bodies by their size alone. Thread rule: that of the transport behind it.
class DebugTransport : public http::Transport {
public:
    DebugTransport(http::Transport& behind, Terminal& terminal)
        : behind_(behind), terminal_(terminal) {}

    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override;

private:
    void tell_fields(const char* direction, const http::Headers& headers);

    http::Transport& behind_;  // both outlive this
    Terminal& terminal_;
};

}  // namespace kakehashi::cli

#pragma once

#include "base/expected.h"
#include "net/server.h"

#include <memory>
#include <string>

namespace kakehashi::net {

// A port that does not answer: its queue is full, so the kernel drops every further SYN and a
// client's connect runs into its time-out, as with a VPC that has no such endpoint. Needs no
// reactor. Source: listen(2), tcp(7).
class SilentListener {
public:
    static Expected<SilentListener, ListenError> listen(
        const std::string& address,
        std::uint16_t port
    );
    SilentListener(SilentListener&&) noexcept;
    SilentListener& operator=(SilentListener&&) noexcept;
    ~SilentListener();
    std::uint16_t port() const;

private:
    struct State;
    explicit SilentListener(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace kakehashi::net

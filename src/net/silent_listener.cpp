#include "net/silent_listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>
#include <vector>

namespace kakehashi::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct SilentListener::State {
    asio::io_context io;  // never run: the kernel does it all
    tcp::acceptor acceptor{io};
    std::vector<tcp::socket> filling;
    std::uint16_t port = 0;
};

SilentListener::SilentListener(std::unique_ptr<State> state) : state_(std::move(state)) {
}
SilentListener::SilentListener(SilentListener&&) noexcept = default;
SilentListener& SilentListener::operator=(SilentListener&&) noexcept = default;
SilentListener::~SilentListener() = default;

Expected<SilentListener, ListenError> SilentListener::listen(
    const std::string& address,
    std::uint16_t port
) {
    auto state = std::make_unique<State>();
    error_code failed;
    const auto ip = asio::ip::make_address(address, failed);
    if (failed) return Failure{ListenError::BadAddress};
    const tcp::endpoint wanted(ip, port);
    state->acceptor.open(wanted.protocol(), failed);
    if (!failed) state->acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) state->acceptor.bind(wanted, failed);
    if (!failed) state->acceptor.listen(0, failed);  // room for one
    if (failed) return Failure{listen_error_of(failed.value())};
    const auto endpoint = state->acceptor.local_endpoint(failed);
    state->port = endpoint.port();
    constexpr int kFilling = 2;
    for (int i = 0; i < kFilling; ++i) {
        auto& one = state->filling.emplace_back(state->io);
        one.open(endpoint.protocol(), failed);
        one.non_blocking(true, failed);
        // At once, or never; one.connect() would wait for it.
        (void
        )::connect(one.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
    }
    return SilentListener(std::move(state));
}

std::uint16_t SilentListener::port() const {
    return state_->port;
}

}  // namespace kakehashi::net

#pragma once

#include "http/transport.h"

namespace kakehashi::net {

// Thread rule: the strand of whoever waits.
class SystemTimer : public http::Timer {
public:
    boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds duration) override;
};

}  // namespace kakehashi::net

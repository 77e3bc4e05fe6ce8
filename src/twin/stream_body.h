#pragma once

#include "http/body.h"
#include "http/transport.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kakehashi::twin {

// How the script wants a stream to go.
struct StreamPace {
    std::chrono::milliseconds delay{0};             // before each frame
    std::optional<std::uint64_t> cut_at_byte = {};  // the connection ends there
};

// Frames one after the other, each as soon as it is asked for. Thread rule: one strand.
class StreamBody : public http::BodyReader {
public:
    StreamBody(std::vector<std::string> frames, StreamPace pace, http::Timer& timer)
        : frames_(std::move(frames)), pace_(pace), timer_(timer) {}

    boost::asio::awaitable<Expected<std::string, http::NetError>> read() override;

private:
    std::vector<std::string> frames_;
    StreamPace pace_;
    http::Timer& timer_;  // outlives this
    std::size_t next_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace kakehashi::twin

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kakehashi::http {

// What a peer may waste on one HTTP/2 connection: every frame has a price, and useful work pays
// it back. No clock: a burst of resets, pings or empty frames ends the connection, a long quiet
// life does not. Reads frame headers alone (RFC 9113 §4.1), and so sees also the frames that the
// protocol ignores:
//
//   length 24 bits | type 8 | flags 8 | reserved 1, stream 31
//
// CVE-2023-44487 (rapid reset), CVE-2025-8671 (we are made to reset), CVE-2019-9511 to 9518.
class Http2Budget {
public:
    // In a row; their fields are bounded elsewhere.
    static constexpr std::size_t kContinuationsMax = 8;
    static constexpr std::size_t kFrameHeaderBytes = 9;

    // How many of `bytes`, which follow those of the last call, may be taken: all of them, or
    // those before the frame that is one too many.
    std::size_t admit(std::string_view bytes);
    bool spent() const { return units_ < 0; }

    void earn_response();               // a handler's answer left whole
    void earn_data(std::size_t bytes);  // a DATA frame left
    void spend_reset();                 // a stream had to be reset for what the peer did

private:
    void begin_frame();
    void earn(std::int32_t units);

    static constexpr std::size_t kPrefaceBytes = 24;

    std::int32_t units_ = 4096;
    std::size_t skip_ = kPrefaceBytes;  // until the next frame header
    std::size_t have_ = 0;              // of it
    std::size_t continuations_ = 0;
    std::array<std::uint8_t, kFrameHeaderBytes> header_{};
};

}  // namespace kakehashi::http

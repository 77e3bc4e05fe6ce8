#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kakehashi::twin {

// Everything that AWS would draw at random, drawn from the seed instead: the same seed and the same
// requests give the same bytes. Thread rule: one strand.
class Identifiers {
public:
    explicit Identifiers(std::uint64_t seed) : seed_(seed) {}

    std::string request_id() { return request_id(draw()); }  // a UUID
    // A draw whose text is made later, or never.
    std::uint64_t draw() { return drawn_++; }
    std::string request_id(std::uint64_t draw) const;

    std::string access_key_id();      // "ASIA…", 20 characters
    std::string secret_access_key();  // 40 characters
    std::string session_token();      // opaque, some 400 characters
    std::string metadata_token();     // of IMDSv2, 56 characters
    std::string package_token();      // of CodeArtifact, some 400 characters, fit for a URL
    std::string message_id();         // "msg_…"
    std::string padding();            // the member `p` of stream events: 0 to 35 characters

private:
    std::string long_text();
    std::string text(std::uint64_t draw, std::string_view alphabet, std::size_t length) const;
    std::string drawn(std::string_view alphabet, std::size_t length) {
        return text(draw(), alphabet, length);
    }
    std::uint64_t seed_;
    std::uint64_t drawn_ = 0;
};

}  // namespace kakehashi::twin

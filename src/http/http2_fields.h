#pragma once

#include "base/expected.h"
#include "http/message.h"
#include "http/strict.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::http {

// The fields of an HTTP/2 request become those of an Incoming. What nghttp2 has checked (case and
// bytes of names and values, order and number of pseudo-header fields, fields of the connection)
// is not checked again; the rest is as strict as http/strict.h, whose words it uses.
class Http2Fields {
public:
    // Costs nothing but time once a limit is passed.
    void add(std::string_view name, std::string_view value);

    struct Head {
        Incoming request;  // without body and peer; exactly one `host`
        std::optional<std::uint64_t> length;
        bool expects_continue = false;
    };
    // Errors: BadTarget, BadHost, BadLength, BadExpectation, TooManyFields, TooLarge. Call once.
    Expected<Head, Refusal> finish();

private:
    bool take_pseudo(std::string_view name, std::string_view value);
    Expected<void, Refusal> note(std::string_view name, std::string_view value);
    Expected<std::string, Refusal> host() const;

    std::size_t fields_ = 0, bytes_ = 0;
    std::optional<Refusal> refused_;
    std::string scheme_;
    std::optional<std::string> authority_, host_;
    std::optional<std::string> cookie_;
    Head head_;
};

// A trailer section, which may stand there and is not used.
class Http2Trailers {
public:
    void add(std::string_view name, std::string_view value);
    // Errors: BadTrailer, TooLarge.
    Expected<void, Refusal> finish() const;

private:
    std::size_t bytes_ = 0;
    bool barred_ = false;
};

}  // namespace kakehashi::http

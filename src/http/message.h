#pragma once

#include "http/body.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kakehashi::http {

struct Header {
    std::string name, value;
};

// Header fields in the order they came; names compare in any case. Owns its text.
class Headers {
public:
    Headers() = default;
    explicit Headers(std::vector<Header> fields) : fields_(std::move(fields)) {}

    void add(std::string name, std::string value);
    void set(std::string_view name, std::string value);  // replaces every field of that name
    void erase(std::string_view name);
    // The first field's value. Borrows from this.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    const std::vector<Header>& fields() const { return fields_; }

private:
    std::vector<Header> fields_;
};

// What we send. The Transport adds Host, Content-Length and the connection's own headers.
struct Request {
    std::string method;  // "POST"
    std::string target;  // origin form, encoded: "/model/…/converse?a=b"
    Headers headers;
    std::string body;
};

// Who stands at the other end of an incoming request.
struct Peer {
    std::string address;  // "127.0.0.1"
    std::uint16_t port = 0;
    std::optional<std::string> server_name;  // TLS SNI; absent without TLS
    bool tls = false;
};

// What came in: one framed request that passed the strict layer, its body whole.
struct Incoming {
    std::string method, target;
    Headers headers = {};
    std::string body = {};
    Peer peer = {};
};

struct Response {
    int status = 200;
    Headers headers;
    Body body;  // whole, or a stream
};

}  // namespace kakehashi::http

#pragma once

#include "http/message.h"
#include "http/strict.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Messages as we write them; HTTP/1.1 is read by http/strict.h alone.
namespace kakehashi::net::detail {

// Whether a field can be written without becoming another one.
bool is_sendable(const http::Header& field);
bool is_sendable_target(std::string_view target);

// The fields that belong to the connection and not to the message.
bool is_of_connection(std::string_view name);

// Of a handler's response, in both versions of HTTP. Throws std::logic_error if it cannot be
// written: that is the handler's bug.
void require_sendable(const http::Response& response);
bool is_of_server(std::string_view name);  // of the connection, and Date: the server's to say
bool is_bodiless(int status);
// The handler's own Content-Length, of which `fits` takes piece by piece; "" is the end. false:
// the body is not as long as it said.
std::optional<std::uint64_t> declared_length(const http::Response& response);
bool fits(std::optional<std::uint64_t>& left, std::string_view piece);

http::Headers headers_of(const std::vector<http::FieldView>& fields);  // a copy

void append_field(std::string& out, std::string_view name, std::string_view value);
void append_number(std::string& out, std::uint64_t number);
void append_chunk(std::string& out, std::string_view piece);  // requires: not empty
std::string_view reason_of(int status);

}  // namespace kakehashi::net::detail

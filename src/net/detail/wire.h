#pragma once

#include "http/message.h"
#include "http/strict.h"

#include <string>
#include <string_view>

// HTTP/1.1 as we write it. Only http/strict.h reads it.
namespace kakehashi::net::detail {

// Whether a field can be written without becoming another one.
bool is_sendable(const http::Header& field);
bool is_sendable_target(std::string_view target);

// The fields that belong to the connection and not to the message.
bool is_of_connection(std::string_view name);

http::Headers headers_of(const std::vector<http::FieldView>& fields);  // a copy

void append_field(std::string& out, std::string_view name, std::string_view value);
void append_number(std::string& out, std::uint64_t number);
void append_chunk(std::string& out, std::string_view piece);  // requires: not empty
std::string_view reason_of(int status);

}  // namespace kakehashi::net::detail

#include "net/detail/wire.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace kakehashi::net::detail {
namespace {

enum Fits : unsigned char { Name = 1, Value = 2, Target = 4 };

// A name is a token (RFC 9110 §5.6.2); a value has no control byte but the tab; a target has
// neither those nor spaces nor bytes beyond ASCII.
constexpr std::array<unsigned char, 256> kFits = [] {
    std::array<unsigned char, 256> fits{};
    for (unsigned c = 0x20; c < 256; ++c) {
        fits[c] = c > 0x20 && c < 0x7F ? Value | Target : Value;
    }
    fits['\t'] = Value;
    fits[0x7F] = 0;
    for (char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789!#$%&'*+-.^_`|~")) {
        fits[static_cast<unsigned char>(c)] |= Name;
    }
    return fits;
}();

bool all(std::string_view text, Fits wanted) {
    return std::all_of(text.begin(), text.end(), [wanted](char c) {
        return (kFits[static_cast<unsigned char>(c)] & wanted) != 0;
    });
}

void append_number_in(std::string& out, std::uint64_t number, int base) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    out.append(digits.data(), end);
}

}  // namespace

bool is_sendable(const http::Header& field) {
    return !field.name.empty() && all(field.name, Name) && all(field.value, Value);
}

bool is_sendable_target(std::string_view target) {
    return target.starts_with('/') && all(target, Target);
}

bool is_of_connection(std::string_view name) {
    switch (name.size()) {
        case 7:
            return equal_ignoring_case(name, "upgrade");
        case 10:
            return equal_ignoring_case(name, "connection") ||
                   equal_ignoring_case(name, "keep-alive");
        case 14:
            return equal_ignoring_case(name, "content-length");
        case 16:
            return equal_ignoring_case(name, "proxy-connection");
        case 17:
            return equal_ignoring_case(name, "transfer-encoding");
        default:
            return false;
    }
}

void require_sendable(const http::Response& response) {
    const auto& fields = response.headers.fields();
    const bool sendable = response.status >= 200 && response.status <= 599 &&
                          std::all_of(fields.begin(), fields.end(), is_sendable);
    if (!sendable) throw std::logic_error("a handler's response cannot be framed");
}

bool is_of_server(std::string_view name) {
    return is_of_connection(name) || equal_ignoring_case(name, "date");
}

bool is_bodiless(int status) {
    return status == 204 || status == 304;
}

std::optional<std::uint64_t> declared_length(const http::Response& response) {
    const auto value = response.headers.find("content-length");
    if (!value) return std::nullopt;
    return parse_count(*value);
}

bool fits(std::optional<std::uint64_t>& left, std::string_view piece) {
    if (!left) return true;
    if (piece.size() > *left || (piece.empty() && *left > 0)) return false;
    *left -= piece.size();
    return true;
}

http::Headers headers_of(const std::vector<http::FieldView>& fields) {
    std::vector<http::Header> copied;
    copied.reserve(fields.size());
    for (const auto& [name, value] : fields) {
        copied.push_back({std::string(name), std::string(value)});
    }
    return http::Headers(std::move(copied));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_number(std::string& out, std::uint64_t number) {
    append_number_in(out, number, 10);
}

void append_chunk(std::string& out, std::string_view piece) {
    append_number_in(out, piece.size(), 16);
    out.append("\r\n").append(piece).append("\r\n");
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 413:
            return "Content Too Large";
        case 417:
            return "Expectation Failed";
        case 424:
            return "Failed Dependency";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "";
    }
}

}  // namespace kakehashi::net::detail

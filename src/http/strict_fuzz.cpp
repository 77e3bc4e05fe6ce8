#include "http/strict.h"

#include <algorithm>
#include <cstdlib>

// Oracles: what was accepted, written again from what was understood, is understood the same;
// a head that arrives byte by byte ends where the whole one does; chunked framing gives the same
// body however it was cut.
namespace {

using namespace kakehashi::http;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
    if (!holds) std::abort();
}

std::optional<std::size_t> head_end(std::string_view bytes, std::size_t step) {
    HeadEnd end;
    for (std::size_t size = std::min(step, bytes.size());;
         size = std::min(size + step, bytes.size())) {
        auto found = end.find(bytes.substr(0, size));
        if (!found) return std::nullopt;
        if (*found || size == bytes.size()) return *found;
    }
}

std::string written(const RequestHead& head, std::string_view version) {
    std::string out = std::string(head.method) + " " + std::string(head.target) + " ";
    out += std::string(version) + "\r\n";
    for (const auto& [name, value] : head.fields) {
        out += std::string(name) + ": " + std::string(value) + "\r\n";
    }
    return out + "\r\n";
}

void check_request(std::string_view bytes) {
    RequestHead head, again;
    if (!parse_request(bytes, head)) return;
    const auto line_end = bytes.find("\r\n", 2);
    const std::string text = written(head, bytes.substr(line_end - 8, 8));
    HeadEnd end;
    const auto found = end.find(text);
    if (text.size() >= kHeadBytesMax) return;
    require(found && *found == text.size());
    require(bool(parse_request(text, again)));
    require(again.method == head.method && again.target == head.target && again.host == head.host);
    require(again.framing.kind == head.framing.kind && again.framing.length == head.framing.length);
    require(again.keep_alive == head.keep_alive && again.fields.size() == head.fields.size());
}

struct Decoded {
    std::string body;
    std::size_t consumed = 0;
    bool done = false, refused = false;
};

Decoded decoded(std::string_view bytes, std::size_t step) {
    ChunkDecoder decoder;
    Decoded out;
    while (out.consumed < bytes.size() && !out.done) {
        auto result = decoder.next(bytes.substr(out.consumed, step));
        out.refused = !result;
        if (out.refused) break;
        require(result->consumed > 0);
        out.consumed += result->consumed;
        out.body += result->piece;
        out.done = result->done;
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto end = head_end(bytes, bytes.size());
    require(size > 4096 || end == head_end(bytes, 1));
    if (end) {
        check_request(bytes.substr(0, *end));
        ResponseHead response;
        (void)parse_response(bytes.substr(0, *end), Asked::Other, response);
    }
    const auto rest = bytes.substr(end.value_or(0));
    const Decoded whole = decoded(rest, rest.size() + 1), cut = decoded(rest, 1);
    require(whole.done == cut.done && whole.refused == cut.refused);
    require(whole.refused || (whole.body == cut.body && whole.consumed == cut.consumed));
    return 0;
}

#include "http/http2.h"

#include "http/http2_frames.h"
#include "http/strict.h"

#include <algorithm>
#include <cstdlib>

// The input is what a peer says after its preface. Oracles: the strict layer takes each request,
// written as HTTP/1.1; however the bytes are cut, the same requests come out; no stream gets two
// answers, and none without a request gets a good one; what goes out is bounded by what came in;
// after every deadline nothing waits but for handlers.
namespace {

using namespace kakehashi;        // NOLINT(google-build-using-namespace)
using namespace kakehashi::http;  // NOLINT(google-build-using-namespace)

constexpr Http2Server::Instant kStart{std::chrono::hours(1)};
constexpr Http2Limits kLimits{.streams_max = 8, .body_bytes_max = 2000, .held_bytes_max = 3000};

void require(bool holds) {
    if (!holds) std::abort();
}

std::string opening() {
    return std::string(kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0, "");
}

std::string written(const Incoming& request) {
    std::string out = request.method + " " + request.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers.fields()) {
        out += name + ": " + value + "\r\n";
    }
    return out + "\r\n";
}

void check_strictly(const Incoming& request) {
    const std::string text = written(request);
    if (text.size() >= kHeadBytesMax) return;
    RequestHead head;
    HeadEnd end;
    const auto found = end.find(text);
    require(found && *found == text.size());
    require(bool(parse_request(text, head)));
    require(head.method == request.method && head.target == request.target);
    require(head.host == request.headers.find("host"));
    require(head.framing.kind != Framing::Kind::Chunked);
    const bool has_length = head.framing.kind == Framing::Kind::Length;
    require(!has_length || head.framing.length == request.body.size());
}

// All requests, with nothing ever written.
std::string understood(std::string_view bytes, std::size_t step) {
    const ManualClock clock{TimePoint{}};
    Http2Server server(kLimits, clock, kStart);
    server.receive(opening(), kStart);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        server.receive(bytes.substr(at, step), kStart);
    }
    std::string out;
    for (const auto& [stream, request] : server.take_requests()) {
        check_strictly(request);
        out += std::to_string(stream) + written(request) + request.body;
    }
    return out;
}

// A connection with handlers: some answer, some fail, some never end.
class Conversation {
public:
    void tell(std::string_view bytes) {
        received_ += bytes.size();
        server_.receive(bytes, kStart);
        for (auto& [stream, request] : server_.take_requests()) {
            body_bytes_ += request.body.size();
            asked_.push_back(stream);
            answer(stream, std::move(request.body));
        }
        look();
    }
    void end() {
        constexpr std::size_t kOnceMax = 1U << 16U;  // answers to what is open, and the greeting
        server_.expire(kStart + std::chrono::hours(1));
        look();
        require(body_bytes_ <= received_);
        require(sent_ <= kOnceMax + 32 * received_);
        for (const auto& [stream, got] : said_.answers) {
            require(got.heads <= 1);
            const bool asked = std::find(asked_.begin(), asked_.end(), stream) != asked_.end();
            require(asked || got.heads == 0 || got.status >= 400);
        }
    }

private:
    void answer(Http2Server::StreamId stream, std::string body) {
        using Follows = Http2Server::Follows;
        const auto what = stream % 8;
        if (what == 7) return server_.abort(stream);
        if (what == 5) return;
        const bool has_body = what == 3 && !body.empty();
        server_.respond(stream, 200, {}, has_body ? Follows::Pieces : Follows::Nothing);
        if (!has_body) return;
        server_.add_piece(stream, std::move(body), kStart);
        server_.finish(stream);
    }
    void look() {
        while (!server_.output(kStart).empty()) {
            sent_ += server_.output(kStart).size();
            said_.take(server_.output(kStart));
            server_.sent();
        }
        for (auto stream : server_.take_cancelled()) {
            require(std::find(asked_.begin(), asked_.end(), stream) != asked_.end());
        }
    }

    ManualClock clock_{TimePoint{}};
    Http2Server server_{kLimits, clock_, kStart};
    Http2Answers said_;
    std::vector<Http2Server::StreamId> asked_;
    std::size_t received_ = 0, sent_ = 0, body_bytes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = 1 + std::size_t{data[0]} * 8;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    require(size > 4096 || understood(bytes, 1) == understood(bytes, size));
    Conversation conversation;
    conversation.tell(opening());
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        conversation.tell(bytes.substr(at, step));
    }
    conversation.end();
    return 0;
}

#pragma once

#include "http/message.h"

#include <cstdint>
#include <map>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// HTTP/2 as a peer of ours writes and reads it, for tests: frame by frame, right or wrong.
namespace kakehashi::http {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// RFC 9113 §6: END_STREAM, or ACK where there is no stream; END_HEADERS.
inline constexpr int kNoFlags = 0, kEndStream = 1, kAck = 1, kEndHeaders = 4, kWhole = 5;

inline std::string big_endian(std::uint64_t number, std::size_t bytes) {
    std::string out;
    for (std::size_t left = bytes; left > 0; --left) {
        out += static_cast<char>(number >> (8 * (left - 1)) & 0xFFU);
    }
    return out;
}

// RFC 9113 §4.1. `type` is a nghttp2_frame_type, or one that nobody knows.
inline std::string frame(int type, int flags, std::int32_t stream, std::string_view payload) {
    std::string out = big_endian(payload.size(), 3);
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    out += big_endian(static_cast<std::uint32_t>(stream), 4);
    return out.append(payload);
}

// RFC 7541 §6.2.2: a literal without indexing, with no Huffman code.
inline std::string field(std::string_view name, std::string_view value) {
    std::string out(1, '\0');
    for (std::string_view text : {name, value}) {
        constexpr std::size_t kPrefixMax = 127;
        if (text.size() < kPrefixMax) {
            out += static_cast<char>(text.size());
        } else {
            out += static_cast<char>(kPrefixMax);
            std::size_t left = text.size() - kPrefixMax;
            for (; left >= 128; left /= 128) {
                out += static_cast<char>(left % 128 + 128);
            }
            out += static_cast<char>(left);
        }
        out.append(text);
    }
    return out;
}

inline std::string fields(const std::vector<Header>& list) {
    std::string out;
    for (const auto& [name, value] : list) {
        out += field(name, value);
    }
    return out;
}

inline std::string headers_frame(std::int32_t stream, int flags, const std::vector<Header>& list) {
    return frame(NGHTTP2_HEADERS, flags, stream, fields(list));
}

// What a server said, stream by stream.
class Http2Answers {
public:
    struct Answer {
        int status = 0;
        int interim = 0;  // 1xx before it
        int heads = 0;    // that were not
        Headers headers = {};
        std::string body = {};
        bool ended = false;
        std::optional<std::uint32_t> reset = std::nullopt;
    };

    Http2Answers() {
        nghttp2_hd_inflater* made = nullptr;
        nghttp2_hd_inflate_new(&made);
        inflater_.reset(made);
    }

    void take(std::string_view bytes) {
        constexpr std::size_t kHeadBytes = 9;
        bytes_ += bytes;
        while (bytes_.size() >= kHeadBytes) {
            const auto length = number(bytes_, 0, 3);
            if (bytes_.size() < kHeadBytes + length) return;
            const auto type = number(bytes_, 3, 1), flags = number(bytes_, 4, 1);
            const auto stream = static_cast<std::int32_t>(number(bytes_, 5, 4));
            const std::string payload = bytes_.substr(kHeadBytes, length);
            bytes_.erase(0, kHeadBytes + length);
            ++frames[static_cast<int>(type)];
            take_frame(static_cast<int>(type), flags, stream, payload);
        }
    }

    std::map<std::int32_t, Answer> answers;
    std::map<int, int> frames;                    // how many of a type
    std::map<std::int32_t, std::size_t> windows;  // what the server opened, beside the first
    std::optional<std::uint32_t> goaway;

private:
    static std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
        std::uint32_t out = 0;
        for (char c : bytes.substr(at, size)) {
            out = out << 8U | static_cast<std::uint8_t>(c);
        }
        return out;
    }

    void take_frame(int type, std::uint32_t flags, std::int32_t stream, std::string_view payload) {
        if (type == NGHTTP2_GOAWAY) goaway = number(payload, 4, 4);
        if (type == NGHTTP2_RST_STREAM) answers[stream].reset = number(payload, 0, 4);
        if (type == NGHTTP2_WINDOW_UPDATE) windows[stream] += number(payload, 0, 4);
        if (type == NGHTTP2_DATA) answers[stream].body += payload;
        if (type == NGHTTP2_HEADERS) take_fields(answers[stream], payload);
        const bool ends = type == NGHTTP2_DATA || type == NGHTTP2_HEADERS;
        if (ends && (flags & std::uint32_t{kEndStream}) != 0) answers[stream].ended = true;
    }

    // Our server's heads fit into one frame.
    void take_fields(Answer& answer, std::string_view block) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(block.data());
        std::size_t left = block.size();
        for (int state = 0; (state & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
            nghttp2_nv pair{};
            const auto taken =
                nghttp2_hd_inflate_hd2(inflater_.get(), &pair, &state, bytes, left, 1);
            if (taken < 0) return;
            bytes += taken;
            left -= static_cast<std::size_t>(taken);
            if ((state & NGHTTP2_HD_INFLATE_EMIT) != 0) add_field(answer, pair);
        }
        nghttp2_hd_inflate_end_headers(inflater_.get());
    }
    static void add_field(Answer& answer, const nghttp2_nv& pair) {
        std::string name(reinterpret_cast<const char*>(pair.name), pair.namelen);
        std::string value(reinterpret_cast<const char*>(pair.value), pair.valuelen);
        if (name == ":status") {
            ++(value.starts_with('1') ? answer.interim : answer.heads);
            answer.status = std::stoi(value);
        } else {
            answer.headers.add(std::move(name), std::move(value));
        }
    }

    struct Delete {
        void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
    };
    std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
    std::string bytes_;
};

}  // namespace kakehashi::http

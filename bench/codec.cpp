// Signatures and event-stream frames, each a CPU second, on one core: one JSON line a round.
// `codec [ROUNDS]`
#include "aws/event_stream.h"
#include "aws/sigv4.h"
#include "base/text.h"
#include "rate.h"

#include <cstdlib>
#include <iostream>

namespace {

using namespace kakehashi;  // NOLINT(google-build-using-namespace)

constexpr TimePoint kNow{std::chrono::seconds(1'795'509'217)};
constexpr std::size_t kReadBytes = 16384;  // what a TLS record brings

aws::Credentials credentials(std::size_t token_bytes) {
    return {
        "ASIAOPERATOR00000000",
        SecretString("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        SecretString(std::string(token_bytes, 't'))};
}

// A Converse request of `body_bytes`, whose key of the day is at hand.
double signatures(std::size_t body_bytes, std::size_t token_bytes) {
    aws::Signer signer({"ap-northeast-1", "bedrock"});
    const auto keys = credentials(token_bytes);
    const std::string body(body_bytes, 'b');
    const std::pair<std::string_view, std::string_view> headers[] = {
        {"host", "bedrock-runtime.ap-northeast-1.amazonaws.com"},
        {"content-type", "application/json"}};
    const aws::RequestView request{
        "POST", "/model/jp.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse", "", headers, body};
    return bench::per_cpu_second([&] {
        constexpr int kBatch = 1000;
        std::size_t bytes = 0;
        for (int i = 0; i < kBatch; ++i) {
            bytes += signer.sign(request, keys, kNow).authorization.size();
        }
        return bytes > 0 ? kBatch : 0;
    });
}

std::string stream_of(std::size_t frames) {
    aws::EventMessage message;
    message.headers = {
        {":event-type", std::string("contentBlockDelta")},
        {":content-type", std::string("application/json")},
        {":message-type", std::string("event")}};
    message.payload = R"({"contentBlockIndex":0,"delta":{"text":"こんにちは"},"p":"abcdefghijkl"})";
    const std::string frame = *aws::encode(message);
    std::string out;
    for (std::size_t i = 0; i < frames; ++i) {
        out += frame;
    }
    return out;
}

std::size_t decode(std::string_view stream) {
    aws::EventStreamDecoder decoder;
    std::size_t frames = 0;
    while (!stream.empty()) {
        decoder.feed(stream.substr(0, kReadBytes));
        stream.remove_prefix(std::min(kReadBytes, stream.size()));
        for (;;) {
            const auto message = decoder.next();
            if (!message) std::abort();
            if (!*message) break;
            frames += (*message)->find(":event-type") ? 1U : 0U;
        }
    }
    return frames;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t rounds = argc > 1 ? parse_count(argv[1]).value_or(5) : 5;
    const std::string stream = stream_of(10'000);
    for (std::size_t i = 0; i < rounds; ++i) {
        std::cout << R"({"sign_300":)" << signatures(300, 0) << R"(,"sign_300_token":)"
                  << signatures(300, 800) << R"(,"sign_32k":)" << signatures(32'768, 0)
                  << R"(,"decode":)" << bench::per_cpu_second([&] { return decode(stream); })
                  << "}\n";
    }
}

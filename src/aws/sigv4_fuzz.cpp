#include "aws/sigv4.h"

#include "base/text.h"

#include <cstdint>
#include <cstdlib>

using namespace kakehashi;       // NOLINT(google-build-using-namespace)
using namespace kakehashi::aws;  // NOLINT(google-build-using-namespace)

namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};

std::string_view take(std::string_view& text, char end) {
    const auto at = std::min(text.find(end), text.size());
    const auto taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return taken;
}

// Names that HTTP knows and that the signer does not write itself.
bool is_plain(std::string_view name) {
    const bool token =
        !name.empty() &&
        name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") ==
            name.npos;
    return token && lower_ascii(name).find("x-amz-") == std::string::npos &&
           !equal_ignoring_case(name, "authorization");
}

void require(bool fits) {
    if (!fits) std::abort();
}

}  // namespace

// Lines: method, path, query, headers "name:value", an empty one, body. Oracle: what we sign, we
// accept, in both forms; and with another secret we do not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    RequestView request;
    request.method = take(text, '\n');
    request.path = take(text, '\n');
    request.query = take(text, '\n');
    std::vector<std::pair<std::string_view, std::string_view>> headers, plain = {{"host", "h"}};
    for (auto line = take(text, '\n'); !line.empty(); line = take(text, '\n')) {
        const auto name = take(line, ':');
        headers.emplace_back(name, line);
        if (is_plain(name)) plain.emplace_back(name, line);
    }
    request.body = text;
    request.headers = headers;
    const SecretString secret("secret");
    if (auto read = read_signature(request)) {
        require(!check_signature(*read, request, secret));
        require(!check_signature(*read, request, secret, SigningRules::S3));
    }
    if (request.query.find('%') != request.query.npos) return 0;  // perhaps X-Amz-… in disguise
    if (request.query.find("X-Amz-") != request.query.npos) return 0;

    request.headers = plain;
    const Credentials credentials{"AKIDEXAMPLE", secret, SecretString("token")};
    const std::string query =
        presigned_query(request, {"r", "s"}, credentials, kNow, kPresignedMax);
    auto signed_headers = Signer({"r", "s"}).sign(request, credentials, kNow);

    RequestView presigned = request;
    presigned.query = query;
    auto read = read_signature(presigned);
    require(read && check_signature(*read, presigned, secret));
    require(!check_signature(*read, presigned, SecretString("other")));

    plain.emplace_back("X-Amz-Date", signed_headers.date);
    plain.emplace_back("X-Amz-Security-Token", "token");
    plain.emplace_back("Authorization", signed_headers.authorization);
    request.headers = plain;
    read = read_signature(request);
    require(read && check_signature(*read, request, secret));
    require(!check_signature(*read, request, SecretString("other")));
    return 0;
}

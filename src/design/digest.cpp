#include "base/hash.h"
#include "design/render.h"

namespace kakehashi::design {
namespace {

constexpr std::string_view kPrefix = "# kakehashi-digest: sha256:";
constexpr std::size_t kDigits = 64;

}  // namespace

std::string with_digest(std::string text) {
    const std::string digest = sha256_hex(text);
    return text.append(kPrefix).append(digest).append("\n");
}

Digest digest_of(std::string_view text) {
    const std::size_t length = kPrefix.size() + kDigits + 1;
    if (text.size() < length || text.back() != '\n') return Digest::None;
    const std::size_t begins = text.size() - length;
    const std::string_view line = text.substr(begins, length - 1);
    const bool own_line = begins == 0 || text[begins - 1] == '\n';
    if (!own_line || !line.starts_with(kPrefix)) return Digest::None;
    const bool fits = sha256_hex(text.substr(0, begins)) == line.substr(kPrefix.size());
    return fits ? Digest::Fits : Digest::Differs;
}

}  // namespace kakehashi::design

#include "base/hash.h"
#include "design/render.h"

namespace kakehashi::design {
namespace {

constexpr std::string_view kPrefix = "# kakehashi-digest: sha256:";
constexpr std::size_t kDigits = 64;
// Around the line in Markdown, where a `#` would begin a heading: a comment that is closed.
constexpr std::string_view kCommentBegin = "<!--\n";
constexpr std::string_view kCommentEnd = "-->\n";

}  // namespace

std::string with_digest(std::string text) {
    const std::string digest = sha256_hex(text);
    const bool in_comment = text.ends_with(kCommentBegin);
    text.append(kPrefix).append(digest).append("\n");
    return in_comment ? text.append(kCommentEnd) : text;
}

Digest digest_of(std::string_view text) {
    const std::size_t length = kPrefix.size() + kDigits + 1;
    const bool closed = text.ends_with(kCommentEnd);
    if (closed) text.remove_suffix(kCommentEnd.size());
    if (text.size() < length || text.back() != '\n') return Digest::None;
    const std::size_t begins = text.size() - length;
    const std::string_view line = text.substr(begins, length - 1);
    const bool own_line = begins == 0 || text[begins - 1] == '\n';
    if (!own_line || !line.starts_with(kPrefix)) return Digest::None;
    if (closed != text.substr(0, begins).ends_with(kCommentBegin)) return Digest::None;
    const bool fits = sha256_hex(text.substr(0, begins)) == line.substr(kPrefix.size());
    return fits ? Digest::Fits : Digest::Differs;
}

}  // namespace kakehashi::design

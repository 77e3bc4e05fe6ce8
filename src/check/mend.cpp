#include "check/mend.h"

#include <algorithm>
#include <map>
#include <utility>

namespace kakehashi::check {
namespace {

// Where each line begins; the last entry is the end of the text.
std::vector<std::size_t> line_starts(const std::string& text) {
    std::vector<std::size_t> out{0};
    for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
        out.push_back(at + 1);
    if (out.back() != text.size()) out.push_back(text.size());
    return out;
}

bool is_insertion(const LineEdit& edit) {
    return edit.last_line < edit.first_line;
}

// Insertions in one place go together; an insertion before or behind a replacement does too.
bool collide(const LineEdit& a, const LineEdit& b) {
    if (is_insertion(a) && is_insertion(b)) return a.first_line == b.first_line && a.text == b.text;
    if (is_insertion(a)) return b.first_line < a.first_line && a.first_line <= b.last_line;
    if (is_insertion(b)) return collide(b, a);
    return a.first_line <= b.last_line && b.first_line <= a.last_line;
}

struct File {
    const std::string* text = nullptr;
    std::vector<std::size_t> starts;
    std::vector<LineEdit> edits;

    bool fits(const LineEdit& edit) const {
        const std::size_t lines = starts.size() - 1;
        if (edit.first_line == 0 || edit.first_line > lines + 1 || edit.last_line > lines) {
            return false;
        }
        return std::ranges::none_of(edits, [&edit](const LineEdit& other) {
            return collide(edit, other);
        });
    }

    std::string edited() {
        std::ranges::stable_sort(edits, {}, &LineEdit::first_line);
        std::string out;
        std::size_t at = 0;
        for (const LineEdit& edit : edits) {
            const std::size_t begin = starts[edit.first_line - 1];
            out.append(*text, at, begin - at).append(edit.text);
            at = is_insertion(edit) ? begin : starts[edit.last_line];
        }
        return out.append(*text, at);
    }
};

}  // namespace

Mended mended(const std::vector<Found>& findings, const std::map<std::string, std::string>& texts) {
    std::map<std::string, File> files;
    for (const auto& [name, text] : texts)
        files[name] = {&text, line_starts(text), {}};
    Mended out;
    for (const Found& found : findings) {
        const bool fits = std::ranges::all_of(found.patch, [&files](const LineEdit& edit) {
            const auto file = files.find(edit.file);
            return file != files.end() && file->second.fits(edit);
        });
        if (found.patch.empty() || !fits) continue;
        for (const LineEdit& edit : found.patch)
            files[edit.file].edits.push_back(edit);
        out.found.push_back(&found);
    }
    for (auto& [name, file] : files) {
        if (!file.edits.empty()) out.texts[name] = file.edited();
    }
    return out;
}

}  // namespace kakehashi::check

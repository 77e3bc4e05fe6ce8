#include "check/detail/page.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::check {
namespace {

// Characters that Markdown (CommonMark §2.4) may take for markup within a line, and `|` of tables.
std::string escaped_markdown(std::string_view text) {
    constexpr std::string_view kActive = "\\`*_[]<>|#&~!";
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += ' ';
            continue;
        }
        if (kActive.find(c) != kActive.npos) out += '\\';
        out += c;
    }
    return out;
}

std::string escaped_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

// Longer than every run of backticks inside (CommonMark §4.5).
std::string fence_for(std::string_view text) {
    std::size_t longest = 0, run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return std::string(std::max<std::size_t>(3, longest + 1), '`');
}

struct Markdown {
    std::string operator()(const Heading& block) const {
        return std::string(static_cast<std::size_t>(block.level), '#') + " " +
               escaped_markdown(block.text) + "\n\n";
    }
    std::string operator()(const Paragraph& block) const {
        const std::string text = escaped_markdown(block.text);
        return (block.tone == Paragraph::Tone::Plain ? text : "**" + text + "**") + "\n\n";
    }
    std::string operator()(const Items& block) const {
        std::string out;
        for (const std::string& text : block.texts)
            out += "- " + escaped_markdown(text) + "\n";
        return out + "\n";
    }
    std::string operator()(const Table& block) const {
        std::string out = row(block.head) + "|";
        for (std::size_t i = 0; i < block.head.size(); ++i)
            out += " --- |";
        out += "\n";
        for (const auto& cells : block.rows)
            out += row(cells);
        return out + "\n";
    }
    std::string operator()(const Code& block) const {
        const std::string fence = fence_for(block.text);
        return fence + "\n" + block.text + fence + "\n\n";
    }
    static std::string row(const std::vector<std::string>& cells) {
        std::string out = "|";
        for (const std::string& cell : cells)
            out += " " + escaped_markdown(cell) + " |";
        return out + "\n";
    }
};

struct Html {
    static std::string element(std::string_view name, std::string_view text) {
        std::string out = "<";
        out.append(name).append(">").append(escaped_html(text)).append("</");
        return out.append(name).append(">");
    }
    std::string operator()(const Heading& block) const {
        return element("h" + std::to_string(block.level), block.text) + "\n";
    }
    std::string operator()(const Paragraph& block) const {
        constexpr std::string_view kClasses[] = {"plain", "good", "bad", "open"};
        return "<p class=\"" + std::string(kClasses[static_cast<std::size_t>(block.tone)]) + "\">" +
               escaped_html(block.text) + "</p>\n";
    }
    std::string operator()(const Items& block) const {
        std::string out = "<ul>\n";
        for (const std::string& text : block.texts)
            out += element("li", text) + "\n";
        return out + "</ul>\n";
    }
    std::string operator()(const Table& block) const {
        std::string out = "<table>\n<thead>" + row("th", block.head) + "</thead>\n<tbody>\n";
        for (const auto& cells : block.rows)
            out += row("td", cells) + "\n";
        return out + "</tbody>\n</table>\n";
    }
    std::string operator()(const Code& block) const { return element("pre", block.text) + "\n"; }
    static std::string row(std::string_view name, const std::vector<std::string>& cells) {
        std::string out = "<tr>";
        for (const std::string& cell : cells)
            out += element(name, cell);
        return out + "</tr>";
    }
};

constexpr std::string_view kStyle = R"(
body { font-family: "Hiragino Sans", "Noto Sans JP", "Yu Gothic", sans-serif; line-height: 1.7; color: #1a1a1a;
  max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; border-bottom: 3px solid #24527a; padding-bottom: .4rem; }
h2 { font-size: 1.2rem; margin-top: 2rem; color: #24527a; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border: 1px solid #bbb; padding: .35rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eef3f7; }
pre { background: #f5f5f5; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
p.good, p.bad, p.open { padding: .6rem 1rem; border-left: 6px solid; font-weight: bold; }
p.good { border-color: #2e7d32; background: #eef7ee; }
p.bad { border-color: #b3261e; background: #fbeeee; }
p.open { border-color: #a86a00; background: #fdf6e7; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr, pre { break-inside: avoid; } }
)";

}  // namespace

std::string markdown_page(const std::vector<Block>& blocks) {
    std::string out;
    for (const Block& block : blocks)
        out += std::visit(Markdown{}, block);
    while (out.ends_with("\n\n"))
        out.pop_back();
    return out;
}

std::string html_page(
    const std::vector<Block>& blocks,
    std::string_view title,
    std::string_view language
) {
    std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(language) +
                      "\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
                      Html::element("title", title) + "\n<style>" + std::string(kStyle) +
                      "</style>\n</head>\n<body>\n";
    for (const Block& block : blocks)
        out += std::visit(Html{}, block);
    return out + "</body>\n</html>\n";
}

}  // namespace kakehashi::check

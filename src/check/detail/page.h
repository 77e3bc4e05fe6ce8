#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A page as its blocks, printed as Markdown or HTML. Texts are plain: what either language would
// take for markup is escaped. Pure; safe from every thread.
namespace kakehashi::check {

struct Heading {
    int level = 1;
    std::string text;
};
struct Paragraph {
    std::string text;
    enum class Tone { Plain, Good, Bad, Open } tone = Tone::Plain;
};
struct Items {
    std::vector<std::string> texts;
};
struct Table {
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;  // each as long as `head`
};
struct Code {
    std::string text;
};
using Block = std::variant<Heading, Paragraph, Items, Table, Code>;

std::string markdown_page(const std::vector<Block>& blocks);

// Self-contained: nothing is loaded, no script. `language` is "ja" or "en".
std::string html_page(
    const std::vector<Block>& blocks,
    std::string_view title,
    std::string_view language
);

}  // namespace kakehashi::check

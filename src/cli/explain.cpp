#include "cli/explain.h"

#include "base/columns.h"
#include "base/json.h"
#include "base/text.h"
#include "finding/examples.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kColumns = 96;

CommandFailure unknown(const std::string& id) {
    std::vector<std::string_view> known;
    for (const finding::Finding& each : finding::all())
        known.push_back(each.id);
    if (const auto near = nearest(id, known)) {
        return wrong_use(
            "finding-unknown",
            {"cli.explain.unknown_near"_msg, {{"id", id}, {"near", std::string(*near)}}}
        );
    }
    return wrong_use("finding-unknown", {"cli.explain.unknown"_msg, {{"id", id}}});
}

std::string indented(std::string_view text) {
    std::string out;
    for (const std::string& line : wrapped(text, kColumns))
        out += "  " + line + "\n";
    return out;
}

std::string code(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n'))
        out.append("    ").append(line).append("\n");
    return out;
}

std::string page(const finding::Finding& found, Language language) {
    const auto words = [language](const Message& message) { return text(message, language); };
    const auto section = [&words](MessageId title, const std::string& body) {
        return "\n" + words({std::move(title)}) + "\n" + body;
    };
    std::string out = std::string(found.id) + "  (" + std::string(finding::name(found.severity)) +
                      ", " + std::string(finding::name(found.area)) + ")\n" +
                      indented(words(finding::title(found)));
    out += section("cli.explain.why"_msg, indented(words(finding::why(found))));
    out += section("cli.explain.fix"_msg, indented(words(finding::fix(found))));
    if (const auto example = finding::example(found)) {
        out += section("cli.explain.wrong"_msg, code(example->wrong));
        out += section("cli.explain.right"_msg, code(example->right));
    }
    return out;
}

json::object object_of(const finding::Finding& found, Language language) {
    json::object out{
        {"id", found.id},
        {"severity", finding::name(found.severity)},
        {"area", finding::name(found.area)},
        {"title", text(finding::title(found), language)},
        {"why", text(finding::why(found), language)},
        {"fix", text(finding::fix(found), language)}};
    if (const auto example = finding::example(found)) {
        out["example"] = json::object{{"wrong", example->wrong}, {"right", example->right}};
    }
    return out;
}

}  // namespace

Exit run(const ExplainOptions& options, Terminal& terminal) {
    const finding::Finding* found = finding::find(options.id);
    if (!found) return report(terminal, options.output, unknown(options.id));
    const Language language = terminal.language();
    terminal.answer(
        options.output == Output::Json ? json::serialize(object_of(*found, language)) + "\n"
                                       : page(*found, language)
    );
    return Exit::Done;
}

}  // namespace kakehashi::cli

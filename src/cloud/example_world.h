#pragma once

#include "base/text.h"
#include "cloud/world.h"

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// For tests: the worlds of examples/, each with single edits of its files. KAKEHASHI_EXAMPLES is
// defined by the CMakeLists.txt of the module that tests.
namespace kakehashi::cloud {

struct TextEdit {
    std::string file, from, to;  // "operator.yaml"; `from` stands there exactly once or more
};

inline std::string read_example(const std::string& path) {
    std::ifstream in(std::string(KAKEHASHI_EXAMPLES) + "/" + path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Errors: what the configuration or the world says; an edit whose text is not there.
inline Expected<std::shared_ptr<const World>, Problems> example_world(
    const std::string& example,  // "fenced", "article"
    const std::vector<TextEdit>& edits = {},
    const std::map<std::string, std::string>& more_files = {}
) {
    std::map<std::string, std::string> texts = more_files;
    for (const char* file : {"kakehashi.toml", "operator.yaml", "municipality.yaml"}) {
        texts[file] = read_example(example + "/" + file);
    }
    for (const auto& [file, from, to] : edits) {
        if (texts[file].find(from) == std::string::npos) {
            const Message missing{MessageId::composed("test.edit.not_there"), {{"from", from}}};
            return Failure{Problems{{missing, Location{file}}}};
        }
        texts[file] = replaced(texts[file], from, to);
    }
    auto configuration = config::read_configuration(texts["kakehashi.toml"], "kakehashi.toml");
    if (!configuration) return Failure{std::move(configuration).error()};
    return build_world(*std::move(configuration), texts);
}

inline std::string all_texts(const Problems& problems) {
    std::string out;
    for (const Problem& problem : problems) {
        out += text(problem, Language::English) + "\n";
    }
    return out;
}

}  // namespace kakehashi::cloud

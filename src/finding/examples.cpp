#include "finding/examples.h"

#include "base/json.h"

#include <cstdlib>

extern "C" const char kakehashi_data_finding_examples_json[],
    kakehashi_data_finding_examples_json_end[];

namespace kakehashi::finding {
namespace {

// The file is ours: a fault in it is a bug, and the unit test reads it first.
json::value read_examples() {
    auto file =
        json::parse({kakehashi_data_finding_examples_json, kakehashi_data_finding_examples_json_end}
        );
    if (!file) std::abort();
    return *std::move(file);
}

}  // namespace

std::optional<Example> example(const Finding& finding) {
    static const json::value file = read_examples();
    const json::object* examples = json::find_object(file, "examples");
    const json::object* found = examples ? json::find_object(*examples, finding.id) : nullptr;
    if (!found) return std::nullopt;
    return Example{
        json::find_string(*found, "wrong").value_or(""),
        json::find_string(*found, "right").value_or("")};
}

}  // namespace kakehashi::finding

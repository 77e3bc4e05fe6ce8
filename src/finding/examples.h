#pragma once

#include "finding/finding.h"

#include <optional>
#include <string_view>

// What a finding looks like in a file, and the same mended: data/finding-examples.json.
namespace kakehashi::finding {

struct Example {  // lines of a template or of kakehashi.toml; they live as long as the program
    std::string_view wrong, right;
};

// nullopt: it has none, because no file shows it. Safe from every thread.
std::optional<Example> example(const Finding& finding);

}  // namespace kakehashi::finding

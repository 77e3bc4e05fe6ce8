#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// PyPI's simple API as far as pip reads it. Pure; safe from every thread.
// Source: PEP 503 (names, links with hashes), PEP 427 (wheels), PEP 625 (source archives).
namespace kakehashi::twin {

std::string normalized_project(std::string_view name);  // "Foo_.Bar" → "foo-bar"

// A file that pip can install, by its name alone.
struct Distribution {
    std::string file, project, version;  // the project's name normalised
    std::string sha256 = {};             // hexadecimal; "" until somebody has read the file
};
// nullopt: neither a wheel nor a .tar.gz, or a name that no package index would have.
std::optional<Distribution> parse_distribution(std::string_view file);

// The page of one project. `path`: of the page, with '/' at its end; each file is at
// path + VERSION/FILE.
std::string project_page(
    const std::string& path,
    const std::string& project,
    const std::vector<Distribution>& distributions
);

}  // namespace kakehashi::twin

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kakehashi {

inline constexpr std::size_t kDocumentStepsMax = 64;

// One step down into a document: a member, or an item of a list.
struct DocumentStep {
    std::string key;  // "" where there is an index
    std::optional<std::size_t> index = {};
};

// "Resources.X.Properties.SubnetIds[0]" in steps: members joined by dots, items by [n]. A name that
// has a dot or a bracket itself cannot be written. nullopt: it is empty, too deep, or no path.
std::optional<std::vector<DocumentStep>> read_document_path(std::string_view path);

}  // namespace kakehashi

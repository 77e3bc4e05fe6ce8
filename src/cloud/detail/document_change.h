#pragma once

#include "cloud/change.h"

#include <string>
#include <string_view>
#include <vector>

namespace kakehashi::cloud {

// Makes the change at `path` of a document. false: there is no such place; the document may have
// been changed on the way there.
bool make_change(
    json::value& document,
    Change::Operation operation,
    std::string_view path,
    const json::value& value
);

// Where a place of a resolved template stands in its source: an Fn::If on the way has two branches,
// so there may be several. Empty: it is made by an intrinsic, and nowhere in the source.
std::vector<std::string> source_paths(const json::value& source, std::string_view resolved_path);

}  // namespace kakehashi::cloud

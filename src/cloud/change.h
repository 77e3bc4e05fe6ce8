#pragma once

#include "base/expected.h"
#include "base/json.h"
#include "base/problem.h"
#include "cloud/world.h"

#include <memory>
#include <string>
#include <vector>

namespace kakehashi::cloud {

// One edit as data, for a program to make: a person reads Edit::what. It is made on the document
// that a file holds (a template in YAML or JSON, a policy in JSON, kakehashi.toml), or on the
// parameters of the request itself.
struct Change {
    enum class Of { File, Request };
    enum class Operation {
        Set,     // the value at `path`, which is made if it is not there
        Append,  // one more item of the list at `path`; a scalar there becomes a list of one first
        Remove   // what is at `path`
    };
    Of of = Of::File;
    Operation operation = Operation::Set;
    // As the configuration names it; "" for a request.
    std::string file = {};
    // Members joined by dots, items by [n]: "Resources.X.Properties.SubnetIds[0]",
    // "municipality[0].external_id"; of a request the parameter: "modelId", "ExternalId",
    // "Authorization".
    std::string path = {};
    json::value value = nullptr;  // of a template also intrinsics, in their long form
};

const char* name(Change::Operation operation);  // "set", "append", "remove"
const char* name(Change::Of of);                // "file", "request"
json::object as_json(const Change& change);

// The world with the changes of files made, built again. Errors: what would be wrong with it.
Expected<std::shared_ptr<const World>, Problems> with_changes(
    const World& world,
    const std::vector<Change>& changes
);

}  // namespace kakehashi::cloud

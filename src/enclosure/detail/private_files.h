#pragma once

#include "enclosure/detail/system_error.h"
#include "enclosure/enclosure.h"

#include <string>
#include <vector>

namespace kakehashi::enclosure::detail {

// What is shown where, on a file system in memory.
struct Layout {
    struct File {
        std::string name, text;  // its name in there, with folders
    };
    struct Shown {
        std::string name, at;  // what is in there, and the path on this machine that it covers
    };
    std::vector<std::string> folders;
    std::vector<File> files;
    std::vector<Shown> shown;
};

// Looks at the machine alone. A file below a hidden folder is put into the empty one.
Expected<Layout, EnterError> lay_out(const Settings& settings);

// Requires: a mount namespace of our own. Nobody can write there afterwards.
Done show(const Layout& layout);

}  // namespace kakehashi::enclosure::detail

#pragma once

#include "base/outside.h"

namespace kakehashi::net {

// The machine's files. Regular files alone: a pipe or a device is NotAFile and never blocks.
// /dev/null is the empty file.
class SystemFiles : public Files {
public:
    Expected<std::string, FileError> read(std::string path, std::size_t bytes_max) override;
    Expected<std::vector<std::string>, FileError> list(std::string folder, std::size_t names_max)
        override;
};

}  // namespace kakehashi::net

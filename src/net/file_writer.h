#pragma once

#include "base/outside.h"

namespace kakehashi::net {

// Writes the machine's files. What is there and no regular file (a link, a device) is NotAFile.
class SystemFileWriter : public FileWriter {
public:
    Expected<void, WriteError> write(std::vector<NewFile> files, Existing existing) override;
    Expected<void, WriteError> remove(std::string path) override;
};

}  // namespace kakehashi::net

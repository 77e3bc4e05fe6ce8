#pragma once

#include "base/expected.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The machine as small interfaces, so that everything above is tested without one. `net` has the
// real ones. Implementations are safe from every thread.
namespace kakehashi {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<unsigned char> bytes) = 0;  // cryptographic in the real one
};

enum class FileError { NotFound, NotAllowed, TooLarge, NotAFile, Failed };

class Files {
public:
    virtual ~Files() = default;
    // The whole file. Reads at most `bytes_max`, else TooLarge.
    virtual Expected<std::string, FileError> read(std::string path, std::size_t bytes_max) = 0;
    // The names of a folder's regular files, sorted. More than `names_max`: TooLarge.
    virtual Expected<std::vector<std::string>, FileError> list(
        std::string folder,
        std::size_t names_max
    ) = 0;
};

struct NewFile {
    std::string path, text;
};
enum class Existing { Kept, Replaced };
struct WriteError {
    enum class Kind { Exists, NotAllowed, NotAFile, Full, Failed };
    Kind kind = Kind::Failed;
    std::string path;
};

class FileWriter {
public:
    virtual ~FileWriter() = default;
    // All of `files` or, but for a disk that breaks half-way through the renaming, none: each is
    // written whole beside its place, and moved there when all are. Folders that lack are made; a
    // file that is replaced keeps its mode. Kept: a file that is there is the error Exists.
    virtual Expected<void, WriteError> write(std::vector<NewFile> files, Existing existing) = 0;
    virtual Expected<void, WriteError> remove(std::string path) = 0;  // a regular file
};

class Environment {
public:
    virtual ~Environment() = default;
    virtual std::optional<std::string> get(std::string_view name) const = 0;  // set but empty: ""
};

enum class ProcessError { NotFound, TimedOut, Failed, TooMuchOutput };

// Another program, for credential_process. `command` is split as a shell would, without a shell.
class Process {
public:
    virtual ~Process() = default;
    // Standard output of a run that ended with 0.
    virtual boost::asio::awaitable<Expected<std::string, ProcessError>> run(
        std::string command,
        std::chrono::milliseconds limit
    ) = 0;
};

}  // namespace kakehashi

#include "net/files.h"

#include "base/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace kakehashi::net {
namespace {

FileError error_of(int number) {
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            return FileError::NotFound;
        case EACCES:
        case EPERM:
            return FileError::NotAllowed;
        case EISDIR:
            return FileError::NotAFile;
        default:
            return FileError::Failed;
    }
}

}  // namespace

Expected<std::string, FileError> SystemFiles::read(std::string path, std::size_t bytes_max) {
    if (path == "/dev/null") return std::string();  // how a person says "no file"
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return Failure{error_of(errno)};
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return Failure{error_of(errno)};
    if (!S_ISREG(status.st_mode)) return Failure{FileError::NotAFile};
    std::string text;
    constexpr std::size_t kStep = 64U << 10U;
    for (;;) {  // the size is not believed: files under /proc say 0
        const std::size_t had = text.size();
        text.resize(had + kStep);
        const auto got = ::read(file.get(), text.data() + had, kStep);
        if (got < 0 && errno != EINTR) return Failure{error_of(errno)};
        text.resize(had + static_cast<std::size_t>(got < 0 ? 0 : got));
        if (text.size() > bytes_max) return Failure{FileError::TooLarge};
        if (got == 0) return text;
    }
}

Expected<std::vector<std::string>, FileError> SystemFiles::list(
    std::string folder,
    std::size_t names_max
) {
    std::error_code failed;
    std::filesystem::directory_iterator entries(folder, failed);
    std::vector<std::string> names;
    while (!failed && entries != std::filesystem::directory_iterator()) {
        std::error_code gone;  // between the listing and the question
        if (entries->is_regular_file(gone)) names.push_back(entries->path().filename().string());
        if (names.size() > names_max) return Failure{FileError::TooLarge};
        entries.increment(failed);
    }
    if (failed) return Failure{error_of(failed.value())};
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace kakehashi::net

#include "net/file_writer.h"

#include "base/descriptor.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kakehashi::net {
namespace {

constexpr int kNamesMax = 100;

WriteError error_of(int number, std::string path) {
    using Kind = WriteError::Kind;
    switch (number) {
        case EEXIST:
            return {Kind::Exists, std::move(path)};
        case EACCES:
        case EPERM:
        case EROFS:
            return {Kind::NotAllowed, std::move(path)};
        case EISDIR:
        case ENOTDIR:
        case ELOOP:
            return {Kind::NotAFile, std::move(path)};
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return {Kind::Full, std::move(path)};
        default:
            return {Kind::Failed, std::move(path)};
    }
}

// 0, or errno.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

// The mode of the file that is there, if one is; an error if it may not be replaced.
Expected<std::optional<mode_t>, WriteError> mode_there(const std::string& path, Existing existing) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return std::optional<mode_t>();
        return Failure{error_of(errno, path)};
    }
    if (existing == Existing::Kept) return Failure{error_of(EEXIST, path)};
    if (!S_ISREG(status.st_mode)) return Failure{error_of(EISDIR, path)};
    return std::optional<mode_t>(status.st_mode & 07777U);
}

// A file beside its place, which goes when it is not moved there.
class Temporary {
public:
    Temporary(std::string name, std::string place)
        : name_(std::move(name)), place_(std::move(place)) {}
    Temporary(Temporary&& other) noexcept
        : name_(std::exchange(other.name_, {})), place_(std::move(other.place_)) {}
    Temporary& operator=(Temporary&&) = delete;
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!name_.empty()) ::unlink(name_.c_str());
    }

    Expected<void, WriteError> move_into_place(Existing existing) {
        const unsigned flags = existing == Existing::Kept ? RENAME_NOREPLACE : 0;
        if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, place_.c_str(), flags) != 0) {
            return Failure{error_of(errno, place_)};
        }
        name_.clear();
        return {};
    }

private:
    std::string name_, place_;
};

struct Opened {
    Descriptor descriptor;
    std::string name;
};

// A new file beside `path`, of a name that nobody has.
Expected<Opened, WriteError> open_beside(const std::string& path) {
    for (int number = 0; number < kNamesMax; ++number) {
        std::string name =
            path + "." + std::to_string(::getpid()) + "-" + std::to_string(number) + ".new";
        Descriptor descriptor(
            ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)
        );
        if (descriptor.get() >= 0) return Opened{std::move(descriptor), std::move(name)};
        if (errno != EEXIST) return Failure{error_of(errno, path)};
    }
    return Failure{WriteError{WriteError::Kind::Failed, path}};
}

Expected<Temporary, WriteError> write_beside(const NewFile& file, Existing existing) {
    std::error_code failed;
    const auto folder = std::filesystem::path(file.path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, failed);
    if (failed) return Failure{error_of(failed.value(), folder.string())};
    KAKEHASHI_TRY(const auto mode, mode_there(file.path, existing));
    KAKEHASHI_TRY(Opened opened, open_beside(file.path));
    Temporary temporary(opened.name, file.path);
    int number = write_all(opened.descriptor.get(), file.text);
    if (number == 0 && mode && ::fchmod(opened.descriptor.get(), *mode) != 0) number = errno;
    // NFS and quotas tell some failures here alone.
    if (::close(opened.descriptor.release()) != 0 && number == 0) number = errno;
    if (number != 0) return Failure{error_of(number, file.path)};
    return temporary;
}

}  // namespace

Expected<void, WriteError> SystemFileWriter::write(std::vector<NewFile> files, Existing existing) {
    std::vector<Temporary> written;
    written.reserve(files.size());
    for (const NewFile& file : files) {
        KAKEHASHI_TRY(Temporary temporary, write_beside(file, existing));
        written.push_back(std::move(temporary));
    }
    for (Temporary& temporary : written) {
        if (auto moved = temporary.move_into_place(existing); !moved) return moved;
    }
    return {};
}

Expected<void, WriteError> SystemFileWriter::remove(std::string path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return Failure{error_of(errno, path)};
    if (!S_ISREG(status.st_mode)) return Failure{error_of(EISDIR, path)};
    if (::unlink(path.c_str()) != 0) return Failure{error_of(errno, path)};
    return {};
}

}  // namespace kakehashi::net

#include "enclosure/detail/private_files.h"

#include "base/descriptor.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace kakehashi::enclosure::detail {

namespace fs = std::filesystem;

namespace {

// Where the file system in memory is mounted while it is filled. A folder that every Linux has, and
// below which nothing is shown; what was bound from there stays when it is uncovered again.
constexpr const char* kWorkshop = "/proc";
constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

bool is_below(const std::string& path, const std::string& folder) {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Those that are there, without links, and none below another.
std::vector<std::string> found_folders(const std::vector<std::string>& wanted) {
    std::vector<std::string> found;
    for (const std::string& path : wanted) {
        std::error_code failed;
        const fs::path real = fs::canonical(path, failed);
        if (!failed && fs::is_directory(real, failed)) found.push_back(real);
    }
    const auto goes = [&found](const std::string& path) {
        return std::any_of(found.begin(), found.end(), [&path](const std::string& folder) {
            return is_below(path, folder);
        });
    };
    std::vector<std::string> outermost;
    std::remove_copy_if(found.begin(), found.end(), std::back_inserter(outermost), goes);
    std::sort(outermost.begin(), outermost.end());
    outermost.erase(std::unique(outermost.begin(), outermost.end()), outermost.end());
    return outermost;
}

std::optional<std::string> real_file(const std::string& path) {
    std::error_code failed;
    const fs::path real = fs::canonical(path, failed);
    if (failed || !fs::is_regular_file(real, failed)) return std::nullopt;
    return real.string();
}

EnterError missing(const std::string& path) {
    std::error_code failed;
    const bool is_link = fs::is_symlink(fs::symlink_status(path, failed));
    return {
        EnterError::Kind::Failed,
        {is_link ? "enclosure.file.dangling"_msg : "enclosure.file.missing"_msg, {{"file", path}}}};
}

std::string numbered(const char* what, std::size_t number) {
    return what + std::to_string(number);
}

Done write_file(const std::string& path, const std::string& text) {
    const Descriptor file(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444));
    if (file.get() < 0) return failure_of("open");
    for (std::size_t written = 0; written < text.size();) {
        const auto more = ::write(file.get(), text.data() + written, text.size() - written);
        if (more < 0) return failure_of("write");
        written += static_cast<std::size_t>(more);
    }
    return checked("fchmod", ::fchmod(file.get(), 0444));  // whatever the umask
}

std::string in_workshop(const std::string& name) {
    return std::string(kWorkshop) + "/" + name;
}

Done make_folder(const std::string& name) {
    const std::string path = in_workshop(name);
    if (auto made = checked("mkdir", ::mkdir(path.c_str(), 0755)); !made) return made;
    return checked("chmod", ::chmod(path.c_str(), 0755));
}

Done bind(const Layout::Shown& shown) {
    const std::string from = in_workshop(shown.name);
    if (::mount(from.c_str(), shown.at.c_str(), nullptr, MS_BIND, nullptr) == 0) return {};
    return failure_of("mount " + shown.at);
}

Done fill(const Layout& layout) {
    Done done;
    for (const std::string& name : layout.folders) {
        if (done) done = make_folder(name);
    }
    for (const auto& [name, text] : layout.files) {
        if (done) done = write_file(in_workshop(name), text);
    }
    for (const Layout::Shown& shown : layout.shown) {
        if (done) done = bind(shown);
    }
    if (!done) return done;
    constexpr unsigned long kReadOnly = MS_REMOUNT | MS_RDONLY | kFlags;
    return checked("mount", ::mount(nullptr, kWorkshop, nullptr, kReadOnly, nullptr));
}

using Texts = std::map<std::string, std::string>;  // by path, without links; the last one counts

Expected<Texts, EnterError> found_files(const std::vector<PrivateFile>& wanted) {
    Texts found;
    for (const auto& [path, text, need] : wanted) {
        const auto real = real_file(path);
        if (!real && need == PrivateFile::Need::Always) return Failure{missing(path)};
        if (real) found[*real] = text;
    }
    return found;
}

// `file` has the folders of its path in its name; each is made before what it holds.
void put_into_folder(Layout& layout, Layout::File file) {
    for (std::size_t at = file.name.find('/'); at != file.name.npos;
         at = file.name.find('/', at + 1)) {
        std::string folder = file.name.substr(0, at);
        const auto& made = layout.folders;
        if (std::find(made.begin(), made.end(), folder) == made.end()) {
            layout.folders.push_back(std::move(folder));
        }
    }
    layout.files.push_back(std::move(file));
}

}  // namespace

Expected<Layout, EnterError> lay_out(const Settings& settings) {
    KAKEHASHI_TRY(const Texts texts, found_files(settings.files));
    Layout layout;
    for (const std::string& at : found_folders(settings.hidden_folders)) {
        layout.folders.push_back(numbered("folder-", layout.folders.size()));
        layout.shown.push_back({layout.folders.back(), at});
    }
    const std::vector<Layout::Shown> hidden = layout.shown;
    for (const auto& file : texts) {
        const auto& path = file.first;
        const auto around = std::find_if(hidden.begin(), hidden.end(), [&path](const auto& each) {
            return is_below(path, each.at);
        });
        if (around != hidden.end()) {
            put_into_folder(layout, {around->name + path.substr(around->at.size()), file.second});
            continue;
        }
        layout.files.push_back({numbered("file-", layout.files.size()), file.second});
        layout.shown.push_back({layout.files.back().name, path});
    }
    return layout;
}

Done show(const Layout& layout) {
    if (layout.shown.empty()) return {};
    auto done =
        checked("mount tmpfs", ::mount("kakehashi", kWorkshop, "tmpfs", kFlags, "mode=0755"));
    if (!done) return done;
    done = fill(layout);
    const auto uncovered = checked("umount", ::umount2(kWorkshop, MNT_DETACH));
    return done ? uncovered : done;
}

}  // namespace kakehashi::enclosure::detail

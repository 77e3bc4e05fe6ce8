#include "enclosure/detail/namespaces.h"

#include "base/descriptor.h"

#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace kakehashi::enclosure::detail {

namespace {

Done write_setting(const char* path, const std::string& text) {
    const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) return failure_of(path);
    if (::write(file.get(), text.data(), text.size()) < 0) return failure_of(path);
    return {};
}

std::string onto_itself(unsigned id) {
    const std::string text = std::to_string(id);
    return text + " " + text + " 1";
}

// A process that leaves no core files owns its files in /proc no more (proc(5), "dumpable"), and
// so may not write its maps.
class Dumpable {
public:
    Dumpable() : before_(::prctl(PR_GET_DUMPABLE)) { ::prctl(PR_SET_DUMPABLE, 1); }
    ~Dumpable() { ::prctl(PR_SET_DUMPABLE, before_ == 1 ? 1 : 0); }
    Dumpable(const Dumpable&) = delete;
    Dumpable& operator=(const Dumpable&) = delete;

private:
    int before_;
};

}  // namespace

Done make_namespaces() {
    const std::string user = onto_itself(::geteuid());
    const std::string group = onto_itself(::getegid());
    auto done = checked("unshare", ::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS));
    const Dumpable dumpable;
    // user_namespaces(7): without "deny" nobody but root may write gid_map.
    if (done) done = write_setting("/proc/self/setgroups", "deny");
    if (done) done = write_setting("/proc/self/uid_map", user);
    if (done) done = write_setting("/proc/self/gid_map", group);
    if (done) done = checked("mount", ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
    return done;
}

}  // namespace kakehashi::enclosure::detail

#include "enclosure/detail/refusal.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace kakehashi::enclosure::detail {

namespace {

using Kind = EnterError::Kind;

struct Setting {
    int number;  // what the kernel answers while `path` says `forbids`
    const char* path;
    const char* forbids;
    const char* remedy;  // for sysctl
};
constexpr Setting kSettings[] = {
    {EPERM,
     "/proc/sys/kernel/unprivileged_userns_clone",
     "0",
     "kernel.unprivileged_userns_clone=1"},
    {EPERM,
     "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
     "1",
     "kernel.apparmor_restrict_unprivileged_userns=0"},
    {ENOSPC, "/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=16384"},
    {ENOSPC, "/proc/sys/user/max_net_namespaces", "0", "user.max_net_namespaces=16384"},
    {ENOSPC, "/proc/sys/user/max_mnt_namespaces", "0", "user.max_mnt_namespaces=16384"},
};

bool is_filtered_by_seccomp(const ReadProc& read) {
    return read("/proc/self/status").find("\nSeccomp:\t2") != std::string::npos;
}

std::string name_of(int number) {
    const char* name = ::strerrorname_np(number);
    return name == nullptr ? std::to_string(number) : name;
}

}  // namespace

std::string read_proc(const std::string& path) {
    std::ifstream file(path);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

EnterError refusal(const SystemError& error, const ReadProc& read) {
    const std::string limit = read("/proc/sys/user/max_user_namespaces");
    if (limit.empty()) return {Kind::Unsupported, {"enclosure.enter.unsupported"_msg}};
    // A security module says EACCES.
    const int number = error.number == EACCES ? EPERM : error.number;
    for (const Setting& setting : kSettings) {
        if (setting.number != number || read(setting.path) != setting.forbids) continue;
        return {
            Kind::NamespacesForbidden,
            {"enclosure.enter.switched_off"_msg, {{"setting", setting.remedy}}}};
    }
    if (number == ENOSPC && error.call == "unshare") {
        return {Kind::NamespacesForbidden, {"enclosure.enter.used_up"_msg, {{"limit", limit}}}};
    }
    if (number == EPERM || number == ENOSYS) {
        const auto id = is_filtered_by_seccomp(read) ? "enclosure.enter.filtered"_msg
                                                     : "enclosure.enter.refused"_msg;
        return {Kind::NamespacesForbidden, {id, {{"call", error.call}}}};
    }
    return {
        Kind::Failed,
        {"enclosure.enter.failed"_msg, {{"call", error.call}, {"error", name_of(error.number)}}}};
}

}  // namespace kakehashi::enclosure::detail

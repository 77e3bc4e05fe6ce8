#pragma once

#include "enclosure/detail/system_error.h"
#include "enclosure/enclosure.h"

#include <functional>
#include <string>

namespace kakehashi::enclosure::detail {

// A file below /proc without the end of its line; "" if there is none.
using ReadProc = std::function<std::string(const std::string& path)>;
std::string read_proc(const std::string& path);

// Why the kernel did not let us, from what it says in /proc.
// Source: user_namespaces(7), namespaces(7), seccomp(2); kernel.unprivileged_userns_clone is
// Debian's own, kernel.apparmor_restrict_unprivileged_userns Ubuntu's (since 23.10).
EnterError refusal(const SystemError& error, const ReadProc& read);

}  // namespace kakehashi::enclosure::detail

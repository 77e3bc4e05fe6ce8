#pragma once

#include "base/expected.h"
#include "base/ipv4.h"
#include "base/message.h"

#include <string>
#include <vector>

// A closed network on this machine: namespaces of user, network and mounts for the calling process
// and what it starts. Linux alone; needs no root, no other program and no kernel module.
// Source: user_namespaces(7), network_namespaces(7), rtnetlink(7), mount_namespaces(7).
namespace kakehashi::enclosure {

// Why this machine does not let us in: which step, and which setting a person would change.
struct EnterError {
    enum class Kind {
        NamespacesForbidden,  // user namespaces are switched off, used up, or kept for some
                              // programs
        Unsupported,          // the kernel has none
        Failed
    };
    Kind kind = Kind::Failed;
    Message what;  // names the setting, and the endpoint mode (`twin up`) as the way without
};

struct PrivateFile {
    std::string path;  // of a file that is there, or a link to one; it looks like `text` inside
    std::string text;
    // Whether a machine may be without it: then it is left out. Else an error.
    enum class Need { IfThere, Always } need = Need::IfThere;
};

struct Settings {
    std::vector<Ipv4>
        local_addresses;  // answer here (AnyIP); everything else is swallowed in silence
    std::vector<PrivateFile> files;
    std::vector<std::string> hidden_folders;  // such as /run/nscd: empty inside, if they are there
};

// From here on the process lives in the closed network. Sockets and files that are open stay what
// they are. The person's user and group id stay the same. Nobody can write to a private file; where
// the machine replaces one outside by renaming another onto it, that one is seen from then on, but
// for those below a hidden folder. Requires: the process has one thread. After an error it must
// end: it may be half inside.
Expected<void, EnterError> enter(const Settings& settings);

}  // namespace kakehashi::enclosure

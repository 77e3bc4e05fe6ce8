#pragma once

#include "enclosure/command.h"
#include "enclosure/detail/system_error.h"

#include <csignal>
#include <optional>
#include <sys/types.h>

namespace kakehashi::enclosure::detail {

// A running program. Ends with its owner, at the latest.
class Child {
public:
    // Runs `command` with `mask` as its blocked signals, in our process group, and without any
    // capability. The error's call is "fork", "pipe" or "exec".
    static Expected<Child, SystemError> start(Command command, const sigset_t& mask);

    Child(Child&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Child& operator=(Child&&) = delete;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    pid_t id() const { return id_; }
    void send(int signal) const;
    struct Change {
        std::optional<int> exit;        // as shells say it
        std::optional<int> stopped_by;  // a signal
    };
    Change poll();  // what happened since the last one; does not wait

private:
    explicit Child(pid_t id) : id_(id) {}
    pid_t id_;  // 0: it ended
};

}  // namespace kakehashi::enclosure::detail

#include "enclosure/command.h"

#include "base/descriptor.h"
#include "base/text.h"
#include "enclosure/detail/child.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): pthread_sigmask() is POSIX's
#include <sys/signalfd.h>
#include <unistd.h>

namespace kakehashi::enclosure {

namespace asio = boost::asio;
using detail::Child;

namespace {

constexpr int kPassedOn[] =
    {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};

// Signals that are read instead of doing what they do.
class HeldSignals {
public:
    HeldSignals() {
        ::sigemptyset(&held_);
        ::sigaddset(&held_, SIGCHLD);
        for (const int signal : kPassedOn) {
            ::sigaddset(&held_, signal);
        }
        ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    const sigset_t& mask_before() const { return before_; }
    int open() const { return ::signalfd(-1, &held_, SFD_NONBLOCK | SFD_CLOEXEC); }

private:
    sigset_t held_{}, before_{};
};

// Whether a folder of PATH has it. A folder that is closed to us may make execvp say EACCES.
bool is_found(const Command& command) {
    constexpr std::string_view kPath = "PATH=";
    const std::string& program = command.arguments.front();
    if (program.find('/') != std::string::npos) return true;
    for (const std::string& variable : command.environment) {
        if (!variable.starts_with(kPath)) continue;
        for (const auto folder : split(std::string_view(variable).substr(kPath.size()), ':')) {
            const std::string path = std::string(folder.empty() ? "." : folder) + "/" + program;
            if (::access(path.c_str(), F_OK) == 0) return true;
        }
    }
    return false;
}

CommandError error_of(const detail::SystemError& error, const Command& command) {
    constexpr int kNotExecutable = 126;
    const std::string& program = command.arguments.front();
    if (error.call != "exec") {
        return {kNotExecutable, {"enclosure.command.no_process"_msg, {{"program", program}}}};
    }
    if (error.number == ENOENT || (error.number == EACCES && !is_found(command))) {
        return {.what = {"enclosure.command.not_found"_msg, {{"program", program}}}};
    }
    return {
        kNotExecutable,
        {"enclosure.command.not_executable"_msg,
         {{"program", program}, {"error", ::strerrorname_np(error.number)}}}};
}

// What the terminal sends goes to its whole foreground group, so the command has it already; but a
// hangup may be for the session's leader alone. What the command sends to its group is not for it.
bool is_for_us_alone(const signalfd_siginfo& signal, const Child& child) {
    if (signal.ssi_code == SI_KERNEL) return signal.ssi_signo == SIGHUP;
    return static_cast<pid_t>(signal.ssi_pid) != child.id();
}

void pass_on(int signals, const Child& child) {
    signalfd_siginfo signal{};
    while (::read(signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGCHLD || !is_for_us_alone(signal, child)) continue;
        child.send(static_cast<int>(signal.ssi_signo));
    }
}

// Whether the terminal is ours or the command's, which may have made a group of its own.
bool is_in_foreground(const Child& child) {
    const Descriptor terminal(::open("/dev/tty", O_RDONLY | O_CLOEXEC));
    if (terminal.get() < 0) return false;
    const pid_t group = ::tcgetpgrp(terminal.get());
    return group == ::getpgrp() || group == ::getpgid(child.id());
}

// The shell that waits for us sees its job stop when the command does. SIGSTOP from a debugger or
// another terminal is no such stop, but programs that restore the screen first use it too.
void stop_too(int signal, const Child& child) {
    if (signal != SIGSTOP || is_in_foreground(child)) ::kill(::getpid(), SIGSTOP);
}

}  // namespace

asio::awaitable<Expected<int, CommandError>> run_command(Command command) {
    auto executor = co_await asio::this_coro::executor;
    const HeldSignals held;
    auto child = Child::start(command, held.mask_before());
    if (!child) co_return Failure{error_of(child.error(), command)};
    asio::posix::stream_descriptor signals(executor, held.open());
    for (;;) {
        co_await signals.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        pass_on(signals.native_handle(), *child);
        const auto [exit, stopped_by] = child->poll();
        if (exit) co_return *exit;
        if (stopped_by) stop_too(*stopped_by, *child);
    }
}

}  // namespace kakehashi::enclosure

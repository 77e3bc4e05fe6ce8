#include "enclosure/detail/child.h"

#include "base/descriptor.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kakehashi::enclosure::detail {

namespace {

constexpr int kFirstAfterStandard = 3;
constexpr int kSignalled = 128;  // as shells say it: and the signal's number

void close_on_exec(int descriptor) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// A socket that was opened before we entered would be a way out.
void close_descriptors_on_exec() {
    if (::close_range(kFirstAfterStandard, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    std::error_code failed;  // a kernel before 5.11
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", failed)) {
        const int descriptor = std::stoi(entry.path().filename());
        if (descriptor >= kFirstAfterStandard) close_on_exec(descriptor);
    }
}

// capabilities(7): also for root, who gets none back through exec() when the bounding set is empty.
bool drop_capabilities() {
    for (int each = 0; ::prctl(PR_CAPBSET_READ, each, 0, 0, 0) >= 0; ++each) {
        ::prctl(PR_CAPBSET_DROP, each, 0, 0, 0);  // outside of an enclosure we may not: then
    }                                             // PR_SET_NO_NEW_PRIVS alone keeps them away
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    return ::syscall(SYS_capset, &header, none.data()) == 0 &&
           ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

struct Program {
    std::vector<char*> arguments, environment;
    const sigset_t& mask;
    pid_t parent;
    int report;  // where errno goes when it cannot be run
};

[[noreturn]] void become(const Program& program) {
    constexpr int kUnused = 127;
    if (drop_capabilities()) {
        // After the capabilities: the kernel forgets it when they change.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (::getppid() != program.parent) ::_exit(kUnused);  // it had ended before
        close_descriptors_on_exec();
        std::signal(SIGPIPE, SIG_DFL);  // ours to ignore; what was ignored before us stays so
        ::pthread_sigmask(SIG_SETMASK, &program.mask, nullptr);
        environ = const_cast<char**>(program.environment.data());  // execvp reads PATH there
        ::execvp(program.arguments.front(), program.arguments.data());
    }
    const int number = errno;
    (void)!::write(program.report, &number, sizeof number);
    ::_exit(kUnused);
}

// errno of an exec that failed; 0 when there was none: the pipe closes with exec.
int read_report(const Descriptor& report) {
    int number = 0;
    while (::read(report.get(), &number, sizeof number) < 0 && errno == EINTR) {
    }
    return number;
}

}  // namespace

Expected<Child, SystemError> Child::start(Command command, const sigset_t& mask) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure_of("pipe");
    const Descriptor report(ends[0]);
    Descriptor theirs(ends[1]);
    const Program program{
        pointers_to(command.arguments),
        pointers_to(command.environment),
        mask,
        ::getpid(),
        theirs.get()};
    const pid_t id = ::fork();
    if (id < 0) return failure_of("fork");
    if (id == 0) become(program);
    Child child(id);
    theirs.close();
    if (const int number = read_report(report); number != 0) {
        return Failure{SystemError{"exec", number}};
    }
    return child;
}

Child::~Child() {
    if (id_ == 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

void Child::send(int signal) const {
    if (id_ != 0) ::kill(id_, signal);
}

Child::Change Child::poll() {
    int status = 0;
    if (id_ == 0 || ::waitpid(id_, &status, WNOHANG | WUNTRACED) != id_) return {};
    if (WIFSTOPPED(status)) return {std::nullopt, WSTOPSIG(status)};
    id_ = 0;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status), std::nullopt};
}

}  // namespace kakehashi::enclosure::detail

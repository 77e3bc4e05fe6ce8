#include "enclosure/command.h"

#include "base/descriptor.h"
#include "base/text.h"
#include "enclosure/child_test.h"
#include "enclosure/enclosure.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <functional>
#include <optional>
#include <pty.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <sys/stat.h>
#include <unistd.h>

namespace kakehashi::enclosure {
namespace {

namespace asio = boost::asio;
using Result = Expected<int, CommandError>;

asio::awaitable<void> keep(asio::awaitable<Result> task, std::optional<Result>* result) {
    auto value = co_await std::move(task);
    result->emplace(std::move(value));
}

Result run_with(std::vector<std::string> arguments, const std::string& path) {
    asio::io_context io;
    std::optional<Result> result;
    Command command{std::move(arguments), {path, "WORD=a b"}};
    asio::co_spawn(
        io, keep(run_command(std::move(command)), &result), [](const std::exception_ptr&) {}
    );
    io.run();
    return *std::move(result);
}

Result run(std::vector<std::string> arguments) {
    return run_with(std::move(arguments), "PATH=/usr/bin:/bin");
}

Result run_shell(const std::string& script) {
    return run({"sh", "-c", script});
}

TEST(Command, HasTheExitCodeOfItsProgram) {
    struct Row {
        std::string script;
        int exit;
    };
    const Row rows[] = {
        {"exit 0", 0},
        {"exit 3", 3},
        {"kill -TERM $$", 143},
        {"kill -KILL $$", 137},
        {"test \"$WORD\" = 'a b' && test -z \"$HOME\"", 0},
        {"kill -PIPE $$", 141},
    };
    for (const auto& [script, exit] : rows) {
        const auto result = run_shell(script);
        ASSERT_TRUE(result) << script;
        EXPECT_EQ(*result, exit) << script;
    }
}

TEST(Command, SaysLikeAShellWhatCannotBeRun) {
    struct Row {
        std::string program;
        int exit;
        MessageId id;
    };
    const Row rows[] = {
        {"kakehashi-no-such-program", 127, "enclosure.command.not_found"_msg},
        {"/no/such/program", 127, "enclosure.command.not_found"_msg},
        {"", 127, "enclosure.command.not_found"_msg},
        {"/", 126, "enclosure.command.not_executable"_msg},
        {"/proc/self/status", 126, "enclosure.command.not_executable"_msg},
    };
    for (const auto& [program, exit, id] : rows) {
        const auto result = run({program});
        ASSERT_FALSE(result) << program;
        EXPECT_EQ(result.error().exit, exit) << program;
        EXPECT_EQ(result.error().what.id, id) << program;
    }
}

TEST(Command, LooksAlongPathAsAShellDoes) {
    std::string closed = testing::TempDir() + "kakehashi-XXXXXX";
    ASSERT_NE(::mkdtemp(closed.data()), nullptr);
    ASSERT_EQ(::chmod(closed.c_str(), 0), 0);  // execvp says EACCES, but to root
    EXPECT_EQ(run_with({"kakehashi-no-such"}, "PATH=" + closed + ":/bin").error().exit, 127);
    EXPECT_EQ(run_with({"kakehashi-no-such"}, "PATH=/proc/self/status:/bin").error().exit, 127);
    ::rmdir(closed.c_str());
    EXPECT_EQ(*run_with({"true"}, "PATH=/no/such/folder:/usr/bin:/bin"), 0);
    EXPECT_EQ(run_with({"true"}, "PATH=/no/such/folder").error().exit, 127);
    EXPECT_EQ(run_with({"self"}, "PATH=/proc").error().exit, 126);  // a folder
}

TEST(Command, PassesOnWhatOthersSendUs) {
    const std::string script = "trap 'exit 5' SIG; (kill -SIG $PPID); while :; do :; done";
    for (const auto* signal : {"INT", "QUIT", "TERM", "HUP", "USR1", "USR2", "WINCH"}) {
        const auto result = run_shell(replaced(script, "SIG", signal));
        ASSERT_TRUE(result) << signal;
        EXPECT_EQ(*result, 5) << signal;
    }
}

TEST(Command, LeavesSignalsAsTheyWere) {
    sigset_t before{}, after{};
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    EXPECT_EQ(*run_shell("exit 0"), 0);
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        EXPECT_EQ(::sigismember(&before, signal), ::sigismember(&after, signal)) << signal;
    }
    const auto ours = std::signal(SIGPIPE, SIG_IGN);  // as a server does
    EXPECT_EQ(*run_shell("kill -PIPE $$"), 128 + SIGPIPE);
    std::signal(SIGPIPE, ours);
    EXPECT_EQ(*run({"grep", "-q", "^SigBlk:.0000000000000000$", "/proc/self/status"}), 0);
}

TEST(Command, GetsNoneOfOurDescriptors) {
    const Descriptor ours(::open("/dev/null", O_RDONLY));
    const std::string path = "/proc/self/fd/" + std::to_string(ours.get());
    EXPECT_EQ(*run({"test", "-e", "/proc/self/fd/0"}), 0);
    EXPECT_EQ(*run({"test", "-e", path}), 1);
}

TEST(Command, StaysInOurProcessGroup) {
    const std::string group = std::to_string(::getpgrp());
    EXPECT_EQ(*run_shell("read a b c d group rest < /proc/self/stat; test $group = " + group), 0);
}

constexpr const char* kHasCapability =
    R"(/^Cap/ && $2 != "0000000000000000" { exit 1 } /^NoNewPrivs/ && $2 != 1 { exit 2 })";

TEST(Command, HasNoCapabilityLeft) {
    EXPECT_TRUE(holds_in_child([] {
        const auto entered = enter({});
        ASSERT_TRUE(entered) << text(entered.error().what, Language::English);
        EXPECT_EQ(*run({"awk", kHasCapability, "/proc/self/status"}), 0);
        EXPECT_NE(*run_shell("mount -t tmpfs none /mnt 2>/dev/null"), 0);
        EXPECT_NE(*run_shell("umount /proc 2>/dev/null"), 0);
    }));
}

TEST(Command, EndsWithItsOwner) {
    int ends[2] = {};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Descriptor reads(ends[0]);
    Descriptor writes(ends[1]);
    const pid_t owner = ::fork();
    if (owner == 0) {
        ::dup2(writes.get(), STDOUT_FILENO);
        (void)run_shell("echo; while :; do :; done");
    }
    writes.close();
    char byte = 0;
    ASSERT_EQ(::read(reads.get(), &byte, 1), 1);
    ::kill(owner, SIGKILL);
    EXPECT_EQ(::read(reads.get(), &byte, 1), 0);  // nobody holds the other end any more
    ::waitpid(owner, nullptr, 0);
}

int exit_of(const Result& result) {
    return result ? *result : 255;
}

// A terminal in whose foreground `process` runs.
struct Terminal {
    explicit Terminal(const std::function<int()>& process) {
        int number = -1;
        id = ::forkpty(&number, nullptr, nullptr, nullptr);
        if (id == 0) ::_exit(process());
        keys = Descriptor(number);
    }
    // What is shown up to and with `last`, or to the end.
    std::string read_until(const std::string& last) const {
        std::string shown;
        char byte = 0;
        while (!shown.ends_with(last) && ::read(keys.get(), &byte, 1) == 1) {
            shown += byte;
        }
        return shown;
    }
    void press(char key) const { EXPECT_EQ(::write(keys.get(), &key, 1), 1); }
    int exit() const {
        int status = 0;
        ::waitpid(id, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    Descriptor keys{-1};
    pid_t id = 0;
};

TEST(Command, HasTheTerminalAndItsKeysOnce) {
    const Terminal terminal([] {
        return exit_of(run_shell(
            "stty -echo; n=0; trap 'n=$((n+1)); echo caught $n' INT; echo ready; read a; read b; "
            "test -t 0 || exit 9; exit $n"
        ));
    });
    terminal.read_until("ready\r\n");
    terminal.press('\x03');
    EXPECT_EQ(terminal.read_until("caught 1\r\n"), "caught 1\r\n");
    terminal.press('\n');
    terminal.press('\n');
    EXPECT_EQ(terminal.exit(), 1);
}

TEST(Command, IsEndedByTheTerminalAndWeAreNot) {
    const Terminal terminal([] { return exit_of(run_shell("echo ready; while :; do :; done")); });
    terminal.read_until("ready\r\n");
    terminal.press('\x03');
    EXPECT_EQ(terminal.exit(), 128 + SIGINT);
}

TEST(Command, MaySignalItsWholeGroup) {
    const Terminal terminal([] {
        return exit_of(run_shell("n=0; trap 'n=$((n+1))' TERM; kill -TERM 0; exit $n"));
    });
    EXPECT_EQ(terminal.exit(), 1);
}

// What a shell does with a job that is stopped by a key, and then told `fg`.
int exit_of_stopped_job(const std::function<int()>& process) {
    const pid_t job = ::fork();
    if (job == 0) {
        ::setpgid(0, 0);
        std::signal(SIGTTOU, SIG_IGN);
        ::tcsetpgrp(STDIN_FILENO, ::getpid());
        std::signal(SIGTTOU, SIG_DFL);
        ::_exit(process());
    }
    int status = 0;
    ::waitpid(job, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) return 254;
    ::kill(-job, SIGCONT);
    ::waitpid(job, &status, 0);
    return WEXITSTATUS(status);
}

TEST(Command, StopsAndGoesOnWithUsAsAJob) {
    const Terminal terminal([] {
        return exit_of_stopped_job([] {
            return exit_of(run_shell("trap 'exit 4' CONT; echo ready; while :; do :; done"));
        });
    });
    terminal.read_until("ready\r\n");
    terminal.press('\x1a');
    EXPECT_EQ(terminal.exit(), 4);
}

}  // namespace
}  // namespace kakehashi::enclosure

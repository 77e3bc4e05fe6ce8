#include "enclosure/command.h"

#include "base/descriptor.h"
#include "enclosure/child_test.h"
#include "enclosure/enclosure.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <optional>
#include <pty.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <unistd.h>

namespace kakehashi::enclosure {
namespace {

namespace asio = boost::asio;
using Result = Expected<int, CommandError>;

asio::awaitable<void> keep(asio::awaitable<Result> task, std::optional<Result>* result) {
    auto value = co_await std::move(task);
    result->emplace(std::move(value));
}

Result run(std::vector<std::string> arguments) {
    asio::io_context io;
    std::optional<Result> result;
    Command command{std::move(arguments), {"PATH=/usr/bin:/bin", "WORD=a b"}};
    asio::co_spawn(
        io, keep(run_command(std::move(command)), &result), [](const std::exception_ptr&) {}
    );
    io.run();
    return *std::move(result);
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

TEST(Command, PassesOnWhatOthersSendUs) {
    for (const std::string signal : {"INT", "QUIT", "TERM", "HUP", "USR1", "USR2", "WINCH"}) {
        const auto result = run_shell(
            "trap 'exit 5' " + signal + "; (kill -" + signal + " $PPID); while :; do :; done"
        );
        ASSERT_TRUE(result) << signal;
        EXPECT_EQ(*result, 5) << signal;
    }
}

TEST(Command, LeavesSignalsAsTheyWere) {
    sigset_t before{}, after{};
    ::sigprocmask(SIG_SETMASK, nullptr, &before);
    EXPECT_EQ(*run_shell("exit 0"), 0);
    ::sigprocmask(SIG_SETMASK, nullptr, &after);
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        EXPECT_EQ(::sigismember(&before, signal), ::sigismember(&after, signal)) << signal;
    }
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

#ifndef __SANITIZE_THREAD__  // it has a thread of its own, with which nobody may enter

TEST(Command, HasNoCapabilityLeft) {
    EXPECT_TRUE(holds_in_child([] {
        const auto entered = enter({});
        ASSERT_TRUE(entered) << text(entered.error().what, Language::English);
        EXPECT_EQ(*run({"awk", kHasCapability, "/proc/self/status"}), 0);
        EXPECT_NE(*run_shell("mount -t tmpfs none /mnt 2>/dev/null"), 0);
        EXPECT_NE(*run_shell("umount /proc 2>/dev/null"), 0);
    }));
}

#endif

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

// A terminal with a process of ours in its foreground, which runs `script`.
struct Terminal {
    explicit Terminal(const std::string& script) {
        int number = -1;
        process = ::forkpty(&number, nullptr, nullptr, nullptr);
        if (process == 0) {
            const auto result = run_shell(script);
            ::_exit(result ? *result : 255);
        }
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
        ::waitpid(process, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    Descriptor keys{-1};
    pid_t process = 0;
};

TEST(Command, HasTheTerminalAndItsKeysOnce) {
    const Terminal terminal(
        "stty -echo; n=0; trap 'n=$((n+1)); echo caught $n' INT; echo ready; read a; read b; "
        "test -t 0 || exit 1; exit $n"
    );
    terminal.read_until("ready\r\n");
    terminal.press('\x03');
    EXPECT_EQ(terminal.read_until("caught 1\r\n"), "caught 1\r\n");
    terminal.press('\n');
    terminal.press('\n');
    EXPECT_EQ(terminal.exit(), 1);
}

TEST(Command, IsEndedByTheTerminalAndWeAreNot) {
    const Terminal terminal("echo ready; while :; do :; done");
    terminal.read_until("ready\r\n");
    terminal.press('\x03');
    EXPECT_EQ(terminal.exit(), 128 + SIGINT);
}

}  // namespace
}  // namespace kakehashi::enclosure

#include "cli/arguments.h"
#include "cli/check.h"
#include "cli/converse.h"
#include "cli/environment.h"
#include "cli/evaluate.h"
#include "cli/explain.h"
#include "cli/init.h"
#include "cli/models.h"
#include "cli/render.h"
#include "cli/twin_ask.h"
#include "cli/twin_exec.h"
#include "cli/twin_up.h"
#include "net/clock.h"
#include "net/file_writer.h"
#include "net/files.h"
#include "net/random.h"

#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

// kakehashi: reads the command line, runs one command, and turns what came of it into an exit code.
namespace kakehashi::cli {
namespace {

// This process holds credentials: none of its memory may end in a core file (P35).
void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

// A standard stream that was closed must not become somebody's socket.
void keep_standard_streams() {
    for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) == -1 && errno == EBADF) ::open("/dev/null", O_RDWR);
    }
}

Exit dispatch(
    const Command& command,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    struct Run {
        Terminal& terminal;
        const Environment& environment;
        Files& files;
        Exit operator()(const InitOptions& o) const {
            net::SystemRandom random;
            net::SystemFileWriter writer;
            return run(o, terminal, random, writer);
        }
        Exit operator()(const RenderOptions& o) const {
            net::SystemFileWriter writer;
            return run(o, terminal, environment, files, writer);
        }
        Exit operator()(const CheckOptions& o) const {
            net::SystemFileWriter writer;
            return run(o, terminal, environment, files, writer, net::SystemClock());
        }
        Exit operator()(const ExplainOptions& o) const { return run(o, terminal); }
        Exit operator()(const ConverseOptions& o) const {
            return run(o, terminal, environment, files);
        }
        Exit operator()(const ModelsOptions& o) const {
            return run(o, terminal, environment, files);
        }
        Exit operator()(const EvaluateOptions& o) const { return run(o, terminal); }
        Exit operator()(const TwinUpOptions& o) const {
            return run(o, terminal, environment, files);
        }
        Exit operator()(const TwinExecOptions& o) const {
            return run(o, terminal, environment, files);
        }
        Exit operator()(const TwinAskOptions& o) const {
            return run(o, terminal, environment, files);
        }
    };
    return std::visit(Run{terminal, environment, files}, command);
}

// An answer that could not be written is no answer. A reader that has gone wants no words.
Exit after_writing(Exit exit, Terminal& terminal, Output output) {
    if (!terminal.failed()) return exit;
    if (terminal.failure() == EPIPE) return Exit::Other;
    const Message message{
        "cli.output.failed"_msg, {{"reason", std::generic_category().message(terminal.failure())}}};
    return report(terminal, output, {Exit::Other, "output-failed", message});
}

Exit run_command_line(const std::vector<std::string>& arguments) {
    const ProcessEnvironment environment;
    net::SystemFiles files;
    const CommandLine line = parse_arguments(arguments, environment);
    Terminal terminal(line.language);
    if (!line.parsed) return report(terminal, line.output, line.parsed.error());
    Exit exit = Exit::Done;
    if (const auto* help = std::get_if<HelpText>(&*line.parsed)) {
        terminal.answer(help->text);
    } else {
        exit = dispatch(std::get<Command>(*line.parsed), terminal, environment, files);
    }
    return after_writing(exit, terminal, line.output);
}

}  // namespace
}  // namespace kakehashi::cli

int main(int argc, char** argv) {
    using kakehashi::cli::Exit;
    kakehashi::cli::keep_standard_streams();
    kakehashi::cli::forbid_core_dumps();
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return static_cast<int>(
            kakehashi::cli::run_command_line(std::vector<std::string>(argv + 1, argv + argc))
        );
    } catch (const std::exception& bug) {
        // Out of memory, or a bug of ours: nothing of what it says may hold a secret.
        kakehashi::cli::Terminal(kakehashi::Language::English)
            .say(std::string("kakehashi: internal error: ") + bug.what());
        return static_cast<int>(Exit::Other);
    }
}

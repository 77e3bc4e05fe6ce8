// Runs a command and prints what it cost: {"seconds":…,"kilobytes":…,"exit":…}. Its own small size
// matters: Linux counts the memory of the process that forked into the peak of the one that was
// forked.
//   process_cost COMMAND ARGS…      the command's output goes to standard error
#include <chrono>
#include <cstdio>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const auto began = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::execvp(argv[1], argv + 1);
        ::_exit(127);
    }
    int status = 0;
    rusage used{};
    if (child < 0 || ::wait4(child, &status, 0, &used) != child) return 1;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf(
        R"({"seconds":%.6f,"kilobytes":%ld,"exit":%d})"
        "\n",
        took.count(),
        used.ru_maxrss,
        WIFEXITED(status) ? WEXITSTATUS(status) : 128
    );
    return 0;
}

#include "cli/terminal.h"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kLineBytesMax = 4096;

// 0, or errno.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace

bool Terminal::answers_to_a_person() const {
    return ::isatty(STDOUT_FILENO) == 1;
}

bool Terminal::asked_by_a_person() const {
    return ::isatty(STDIN_FILENO) == 1;
}

bool Terminal::in_colour(const Environment& environment) const {
    const bool unwanted = !environment.get("NO_COLOR").value_or("").empty();
    return answers_to_a_person() && !unwanted && environment.get("TERM").value_or("dumb") != "dumb";
}

void Terminal::answer(std::string_view text) {
    if (failure_ == 0) failure_ = write_all(STDOUT_FILENO, text);
}

void Terminal::say(const Message& message) {
    say(text(message, language_));
}

void Terminal::say(std::string_view line) {
    // Nobody is left to tell when this fails.
    static_cast<void>(write_all(STDERR_FILENO, std::string(line) + "\n"));
}

std::optional<std::string> Terminal::ask(const Message& question) {
    static_cast<void>(write_all(STDERR_FILENO, text(question, language_) + ": "));
    std::string line;
    for (char next = 0; line.size() < kLineBytesMax;) {
        const ssize_t count = ::read(STDIN_FILENO, &next, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        if (next == '\n') return line;
        line += next;
    }
    return std::nullopt;
}

bool Terminal::read_input(std::size_t bytes_max, std::string& into) {
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return true;  // a closed standard input is an empty one
        into.append(buffer.data(), static_cast<std::size_t>(count));
        if (into.size() > bytes_max) return false;
    }
}

}  // namespace kakehashi::cli

#pragma once

#include "base/expected.h"
#include "base/message.h"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace kakehashi::enclosure {

struct Command {
    std::vector<std::string> arguments;    // the first is looked up in PATH of `environment`
    std::vector<std::string> environment;  // "NAME=value"; all there is
};

struct CommandError {
    int exit = 127;  // as shells say it: 127 not found, 126 not executable
    Message what;
};

// Runs it with our standard streams and terminal, without any capability or other descriptor of
// ours, and waits. The result is its exit code; 128 + N where signal N ended it.
//
// It stays in our process group, so that a pipe or a shell's job stays one. INT, QUIT, TSTP and
// WINCH of the terminal reach it from there; INT, QUIT, TERM, HUP, USR1, USR2, TSTP, CONT and WINCH
// that another process sends us alone are passed on; meanwhile they do nothing to us. (What is sent
// to the whole group with kill(2) reaches it twice: nobody can tell.) When it stops, we stop with
// it; when we are killed or cancelled, it is killed.
//
// Requires: `arguments` is not empty; the process has one thread. Thread rule: one strand; one
// command at a time.
boost::asio::awaitable<Expected<int, CommandError>> run_command(Command command);

}  // namespace kakehashi::enclosure

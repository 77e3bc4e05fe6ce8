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

// Runs it with our standard streams and terminal, without any capability, and waits. Signals that a
// person or a supervisor sends us (INT, QUIT, TERM, HUP, USR1, USR2, TSTP, CONT, WINCH) reach it
// once. The result is its exit code; 128 + N where signal N ended it. Thread rule: one strand; one
// command at a time.
boost::asio::awaitable<Expected<int, CommandError>> run_command(Command command);

}  // namespace kakehashi::enclosure

#pragma once

#include "aws/service_error.h"
#include "base/message.h"
#include "base/outside.h"
#include "base/problem.h"
#include "cli/exit.h"
#include "cli/terminal.h"

#include <optional>
#include <string>

namespace kakehashi::cli {

enum class Output { Text, Json, Sarif };  // Sarif: of `check`; its errors are JSON

// Why a command did not do what it was asked: for a person, and as JSON for a program.
struct CommandFailure {
    Exit exit = Exit::Other;
    std::string code;  // stable: "residency-refused", "stream-truncated", a service's own name
    Message message;
    std::optional<Message> hint = {};
    std::optional<aws::Remote> remote = {};  // what the service said; shown apart
    Problems problems = {};                  // what is wrong in files, each with its place
};

CommandFailure wrong_use(std::string code, Message message);
CommandFailure wrong_environment(std::string code, Message message);
CommandFailure wrong_files(Problems problems);
CommandFailure not_written(const WriteError& error);

// To standard error: sentences, or one JSON object with code, message and hint.
Exit report(Terminal& terminal, Output output, const CommandFailure& failure);

}  // namespace kakehashi::cli

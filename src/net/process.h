#pragma once

#include "base/outside.h"

namespace kakehashi::net {

// Without a shell: quotes and backslashes as in POSIX sh, nothing is expanded. nullopt: a quote
// stays open, or nothing is there.
std::optional<std::vector<std::string>> split_command(std::string_view command);

// Standard input is empty, standard error is ours. What outlives the limit, or its caller, is
// killed with everything it started.
class SystemProcess : public Process {
public:
    boost::asio::awaitable<Expected<std::string, ProcessError>> run(
        std::string command,
        std::chrono::milliseconds limit
    ) override;
};

}  // namespace kakehashi::net

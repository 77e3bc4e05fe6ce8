#pragma once

namespace kakehashi::cli {

// Exit codes, those of the AWS CLI where it has one (design.md, "What the person sees").
enum class Exit {
    Done = 0,
    Problem = 1,        // it ran and found a problem
    Interrupted = 130,  // Ctrl-C
    Usage = 252,
    Environment = 253,  // environment, configuration or credentials
    Service = 254,      // the service said no
    Other = 255,
};

}  // namespace kakehashi::cli

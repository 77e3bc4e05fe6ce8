#pragma once

#include <string>

namespace kakehashi::aws {

// What an AWS service answers to a request that it refuses, in AWS's own words: the twin sends it.
// Where nobody has seen the words, the code that writes them says "unverified".
struct Rejection {
    int status = 400;
    std::string code;     // "ValidationException"; STS: "ValidationError"
    std::string message;  // may quote what was sent
    friend bool operator==(const Rejection&, const Rejection&) = default;
};

}  // namespace kakehashi::aws

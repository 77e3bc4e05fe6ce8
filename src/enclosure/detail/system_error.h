#pragma once

#include "base/expected.h"

#include <cerrno>
#include <string>

namespace kakehashi::enclosure::detail {

// A call of the kernel that did not work.
struct SystemError {
    std::string call;  // such as "unshare"
    int number = 0;    // errno
};
using Done = Expected<void, SystemError>;

inline Failure<SystemError> failure_of(std::string call) {
    return Failure{SystemError{std::move(call), errno}};
}

// `result` as calls of the kernel say it: negative, and errno, for a failure.
inline Done checked(const char* call, int result) {
    if (result < 0) return failure_of(call);
    return {};
}

}  // namespace kakehashi::enclosure::detail

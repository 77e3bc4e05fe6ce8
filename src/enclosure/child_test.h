#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

namespace kakehashi::enclosure {

// Runs `body` in a process of its own, with one thread: entering is for ever. What it expects in
// vain it prints, and the result is false.
inline bool holds_in_child(const std::function<void()>& body) {
#ifdef __SANITIZE_THREAD__  // it has a thread of its own everywhere, with which nobody may enter
    (void)body;
    return true;
#else
    (void)std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        body();
        (void)std::fflush(nullptr);
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
#endif
}

}  // namespace kakehashi::enclosure

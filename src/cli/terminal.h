#pragma once

#include "base/message.h"
#include "base/outside.h"

#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::cli {

// Standard output for the answer, standard error for talk. Written whole and at once, so that a
// stream is seen as it comes. Thread rule: one strand.
class Terminal {
public:
    explicit Terminal(Language language) : language_(language) {}

    Language language() const { return language_; }
    bool answers_to_a_person() const;  // standard output is a terminal
    bool asked_by_a_person() const;    // standard input is one
    // https://no-color.org, and a terminal that knows of colours.
    bool in_colour(const Environment& environment) const;

    void answer(std::string_view text);  // to standard output
    void say(const Message& message);    // a line to standard error
    void say(std::string_view line);
    // Whether an answer could not be written: a full disk, a reader that has gone.
    bool failed() const { return failure_ != 0; }
    int failure() const { return failure_; }  // errno

    // A question to standard error, and the line that comes back; nullopt: nobody answers.
    std::optional<std::string> ask(const Message& question);

    // All of standard input, at most `bytes_max`; false: there was more.
    static bool read_input(std::size_t bytes_max, std::string& into);

private:
    Language language_;
    int failure_ = 0;
};

}  // namespace kakehashi::cli

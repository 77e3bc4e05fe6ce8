#pragma once

#include "base/message.h"

#include <cstddef>
#include <string>
#include <vector>

namespace kakehashi {

// Where in a person's own files something stands.
struct Location {
    std::string file;
    std::size_t line = 0;  // from 1; 0: unknown
    std::string path =
        {};  // logical path in a template or table, "Resources.Role.Properties.Policies[0]"
};

// Something wrong in an input that a person can mend.
struct Problem {
    Message what;
    Location where;
};
using Problems = std::vector<Problem>;  // as an error it holds at least one

std::string text(const Location& where);  // "operator.yaml:42: Resources.Role", what is known of it
std::string text(const Problem& problem, Language language);

}  // namespace kakehashi

#pragma once

#include "base/message.h"
#include "base/outside.h"

#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::cli {

// The variables of this process. The only place that asks for them.
class ProcessEnvironment : public Environment {
public:
    std::optional<std::string> get(std::string_view name) const override;
};

// LC_ALL, LC_MESSAGES, LANG in this order; whatever is not Japanese is English.
Language language_of(const Environment& environment);

// What {host} and {user} stand for in a session name.
std::string host_name();
std::string user_name(const Environment& environment);

}  // namespace kakehashi::cli

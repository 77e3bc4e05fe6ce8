#pragma once

#include "check/judgement.h"

#include <string>
#include <string_view>

// A judgement as SARIF 2.1.0 (OASIS), for code-scanning tools. Pure; safe from every thread.
namespace kakehashi::check {

// Every finding that there is stands among its rules. `version` is this program's.
std::string judgement_sarif(
    const Judgement& judgement,
    std::string_view version,
    kakehashi::Language language
);

}  // namespace kakehashi::check

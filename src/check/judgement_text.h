#pragma once

#include "check/judgement.h"

#include <string>

// A judgement for a person at a terminal: the verdicts, then the worst first. Pure; safe from
// every thread.
namespace kakehashi::check {

enum class Paint { Plain, Colours };

std::string judgement_text(const Judgement& judgement, Paint paint, kakehashi::Language language);

// A request in a few lines, each with `indent` in front.
std::string witness_text(
    const Witness& witness,
    std::string_view indent,
    kakehashi::Language language
);

}  // namespace kakehashi::check

#pragma once

#include "cloud/reach.h"
#include "cloud/world.h"
#include "twin/journal.h"
#include "twin/twin.h"

#include <string>

// Refusals and silences in a person's words: the finding, AWS's own sentence, every statement that
// was looked at, and the smallest edit that would turn it round. Pure.
namespace kakehashi::twin {

std::string explain_refusal(
    const cloud::World& world,
    const RefusedRequest& refused,
    Language language
);
std::string explain_silence(Service service, const cloud::Reach& reach, Language language);
// Nothing was refused; `last` is the last request.
std::string explain_nothing(const Event& last, Language language);

}  // namespace kakehashi::twin

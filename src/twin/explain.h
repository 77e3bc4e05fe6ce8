#pragma once

#include "base/json.h"
#include "cloud/reach.h"
#include "cloud/world.h"
#include "twin/journal.h"
#include "twin/twin.h"

#include <string>
#include <string_view>

// Refusals and silences in a person's words and as data: the finding, AWS's own sentence, every
// statement that was looked at, and the smallest edit that would turn it round. Pure.
namespace kakehashi::twin {

// The same twice. The first line of the text is the cause; the shape of the object: docs/twin.md.
struct Explained {
    std::string text;
    json::object object;
};

// `place`: of an instance that asked its metadata service.
Explained explain_refusal(
    const cloud::World& world,
    const RefusedRequest& refused,
    const cloud::Place& place,
    Language language
);
// `service` as cloud::reach knows it, or "imds".
Explained explain_silence(
    const cloud::World& world,
    const cloud::Place& place,
    std::string_view service,
    Language language
);
// Nothing was refused; `last` is the last request.
Explained explain_nothing(const Event& last, Language language);

}  // namespace kakehashi::twin

#pragma once

#include "base/json.h"
#include "check/judgement.h"

// A judgement as `check --output json` prints it. Scripts rely on the names; docs/check.md has
// them. Pure; safe from every thread.
namespace kakehashi::check {

json::object judgement_json(const Judgement& judgement, kakehashi::Language language);

// Principal, action, resource and context, as `iam evaluate` takes them.
json::object witness_json(const Witness& witness);

}  // namespace kakehashi::check

#pragma once

#include "check/judgement.h"
#include "finding/finding.h"

#include <string>

// What all writers of a judgement have in common.
namespace kakehashi::check {

// The finding of its id. Requires: the id is one of finding::all().
const finding::Finding& finding_of(const Found& found);

// How to mend this case, or any of its kind.
std::string fix_of(const Found& found, kakehashi::Language language);

// The request that decides the verdict: of the policies, else of both together. nullptr: none.
const Doubt* counterexample(const ResidencyProof& proof);
// Why the verdict is unknown. nullptr: it is not.
const Doubt* first_doubt(const ResidencyProof& proof);

}  // namespace kakehashi::check

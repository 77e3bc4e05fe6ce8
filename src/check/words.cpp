#include "check/detail/words.h"

#include <algorithm>
#include <cstdlib>

namespace kakehashi::check {
namespace {

const Doubt* first_of(const ResidencyProof& proof, Verdict verdict) {
    for (const auto* part : {&proof.iam, &proof.both}) {
        for (const Doubt& doubt : part->doubts) {
            if (doubt.verdict == verdict) return &doubt;
        }
    }
    return nullptr;
}

}  // namespace

const finding::Finding& finding_of(const Found& found) {
    const finding::Finding* finding = finding::find(found.id);
    if (!finding) std::abort();  // ids are ours
    return *finding;
}

std::string fix_of(const Found& found, kakehashi::Language language) {
    return text(found.fix.value_or(finding::fix(finding_of(found))), language);
}

const Doubt* counterexample(const ResidencyProof& proof) {
    const Doubt* doubt = first_of(proof, Verdict::Refuted);
    return doubt && doubt->witness ? doubt : nullptr;
}

const Doubt* first_doubt(const ResidencyProof& proof) {
    return first_of(proof, Verdict::Unknown);
}

}  // namespace kakehashi::check

#include "check/judgement.h"
#include "finding/finding.h"

#include <algorithm>

namespace kakehashi::check {

const char* name(Verdict verdict) {
    switch (verdict) {
        case Verdict::Proven:
            return "proven";
        case Verdict::Refuted:
            return "refuted";
        case Verdict::Unknown:
            return "unknown";
    }
    return "";
}

Verdict worse(Verdict a, Verdict b) {
    if (a == Verdict::Refuted || b == Verdict::Refuted) return Verdict::Refuted;
    return a == Verdict::Unknown || b == Verdict::Unknown ? Verdict::Unknown : Verdict::Proven;
}

bool Judgement::has_error() const {
    return std::any_of(findings.begin(), findings.end(), [](const Found& found) {
        const finding::Finding* known = finding::find(found.id);
        return !known || known->severity == finding::Severity::Error;
    });
}

}  // namespace kakehashi::check

#include "check/judgement.h"

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
    for (const Verdict worst : {Verdict::Refuted, Verdict::Unknown}) {
        if (a == worst || b == worst) return worst;
    }
    return Verdict::Proven;
}

}  // namespace kakehashi::check

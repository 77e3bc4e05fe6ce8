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
    if (a == Verdict::Refuted || b == Verdict::Refuted) return Verdict::Refuted;
    return a == Verdict::Unknown || b == Verdict::Unknown ? Verdict::Unknown : Verdict::Proven;
}

}  // namespace kakehashi::check

#include "check/judgement.h"

#include "base/time.h"
#include "check/assumptions.h"
#include "finding/finding.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace kakehashi::check {
namespace {

using config::Suppression;

finding::Severity severity_of(const Found& found) {
    const finding::Finding* known = finding::find(found.id);
    return known ? known->severity : finding::Severity::Error;
}

// What a broken link says already needs no second finding at the same place, and a template that
// many municipalities share is told of once.
class Collected {
public:
    void add_broken(std::vector<Found> more) {
        for (const Found& found : more) {
            broken_.insert(place_of(found));
        }
        all_ = std::move(more);
    }
    void add(std::vector<Found> more) {
        for (Found& found : more) {
            const std::string place = place_of(found);
            if (broken_.contains(place)) continue;
            const std::string whole = place + text(found.what, ::kakehashi::Language::English);
            if (seen_.insert(whole).second) all_.push_back(std::move(found));
        }
    }
    std::vector<Found> take() && { return std::move(all_); }

private:
    static std::string place_of(const Found& found) { return found.id + " " + text(found.where); }
    std::vector<Found> all_;
    std::set<std::string> broken_, seen_;
};

void sort_worst_first(std::vector<Found>& findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const Found& a, const Found& b) {
        const auto key = [](const Found& found) {
            return std::tuple(
                severity_of(found), std::string_view(found.where.file), found.where.line
            );
        };
        return key(a) < key(b);
    });
}

// --- suppressions ---

// "operator.yaml#Resources.X" is a place and all that is below it; without '#' it is a file.
bool covers(const std::string& place, const Location& where) {
    const auto hash = place.find('#');
    if (place.substr(0, hash) != where.file) return false;
    if (hash == std::string::npos) return true;
    const std::string path = place.substr(hash + 1);
    if (!where.path.starts_with(path)) return false;
    const std::string rest = where.path.substr(path.size());
    return rest.empty() || rest.front() == '.' || rest.front() == '[';
}

bool matches(const Suppression& suppression, const Found& found) {
    return suppression.id == found.id &&
           (!suppression.where || covers(*suppression.where, found.where));
}

std::string day_text(std::chrono::sys_days day) {
    return to_iso8601(day).substr(0, std::string_view("2026-11-24").size());
}

// What a suppression does not do is a finding of its own.
Found void_suppression(
    const Suppression& suppression,
    std::string_view key,
    MessageId what,
    std::vector<std::pair<std::string, std::string>> fields = {}
) {
    fields.emplace_back("id", suppression.id);
    return {"suppression-void", suppression.location.of(key), {std::move(what), std::move(fields)}};
}

// Moves what is suppressed.
void suppress(const std::vector<Suppression>& all, std::chrono::sys_days today, Judgement& out) {
    std::vector<Found> told;
    for (const Suppression& suppression : all) {
        const bool holds = today <= suppression.until;
        const auto first = std::stable_partition(
            out.findings.begin(),
            out.findings.end(),
            [&](const Found& found) { return !matches(suppression, found); }
        );
        const bool any = first != out.findings.end();
        if (holds) {
            for (auto found = first; found != out.findings.end(); ++found) {
                out.suppressed.push_back({std::move(*found), suppression.reason, suppression.until}
                );
            }
            out.findings.erase(first, out.findings.end());
            if (any) continue;
        }
        if (!finding::find(suppression.id)) {
            told.push_back(void_suppression(suppression, "id", "check.suppression.unknown"_msg));
        } else if (!any) {
            told.push_back(void_suppression(suppression, "where", "check.suppression.unused"_msg));
        } else {
            told.push_back(void_suppression(
                suppression,
                "until",
                "check.suppression.expired"_msg,
                {{"until", day_text(suppression.until)}}
            ));
        }
    }
    out.findings.insert(out.findings.end(), told.begin(), told.end());
    sort_worst_first(out.findings);
}

// --- assumptions ---

// What the proofs lean on, and what was told or taken from elsewhere.
std::vector<Message> assumptions_of(const cloud::World& world, std::size_t passed_over) {
    std::vector<Message> out = proof_assumptions(world);
    for (const std::string& id : world.configuration().bedrock.profiles) {
        const auto* profile = world.catalog().profile(id);
        if (!profile || !profile->unverified) continue;
        out.push_back({"check.assumption.profile_unverified"_msg, {{"profile", id}}});
    }
    const auto& told = world.assumptions();
    out.insert(out.end(), told.begin(), told.end());
    if (passed_over != 0) {
        out.push_back({"check.assumption.passed_over"_msg, {{"count", std::to_string(passed_over)}}}
        );
    }
    return out;
}

}  // namespace

namespace {

// What nobody could read may open a way, or close one.
void doubt(const std::vector<cfn::PassedOver>& set_aside, Judgement& out) {
    for (const cfn::PassedOver& each : set_aside) {
        out.works.verdict = worse(out.works.verdict, Verdict::Unknown);
        ResidencyProof& proof = out.stays_in_japan;
        for (ResidencyProof::Part* part : {&proof.iam, &proof.network, &proof.both}) {
            part->verdict = worse(part->verdict, Verdict::Unknown);
            part->doubts.push_back({Verdict::Unknown, {}, each.where, each.reason});
        }
    }
}

}  // namespace

bool Judgement::has_error() const {
    // A finding may be suppressed; a verdict never passes for another.
    if (works.verdict != Verdict::Proven || stays_in_japan.verdict() != Verdict::Proven)
        return true;
    return std::any_of(findings.begin(), findings.end(), [](const Found& found) {
        return severity_of(found) == finding::Severity::Error;
    });
}

Judgement judge(const cloud::World& world, std::chrono::sys_days today) {
    Judgement out;
    out.works = prove_crossing(world);
    out.stays_in_japan = prove_residency(world);
    doubt(world.set_aside(), out);
    Collected collected;
    collected.add_broken(crossing_findings(world, out.works));
    collected.add(residency_findings(world, out.stays_in_japan));
    collected.add(privilege_findings(world));
    collected.add(perimeter_findings(world));
    collected.add(policy_findings(world));
    collected.add(drift_findings(world));
    out.findings = std::move(collected).take();
    sort_worst_first(out.findings);
    out.passed_over = world.passed_over();
    out.assumptions = assumptions_of(world, out.passed_over.size());
    suppress(world.configuration().suppressions, today, out);
    return out;
}

}  // namespace kakehashi::check

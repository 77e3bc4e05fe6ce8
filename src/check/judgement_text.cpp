#include "check/judgement_text.h"

#include "base/columns.h"
#include "base/text.h"
#include "base/time.h"
#include "check/detail/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kakehashi::check {
namespace {

using finding::Severity;

constexpr std::size_t kColumns = 100;
constexpr std::size_t kPlacesMax = 4;      // of one finding; the rest is counted
constexpr std::size_t kDoubtsMax = 3;      // that are shown beside the counter-example
constexpr std::size_t kPassedOverMax = 5;  // likewise
constexpr std::size_t kLabelColumns = 14;

// Keys that nearly every request has, and that tell a person nothing: JSON has them all.
constexpr std::array<std::string_view, 12> kOrdinaryKeys = {
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalType",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:TokenIssueTime",
    "aws:ViaAWSService",
    "aws:userid",
};

// SGR 31, 33, 32, 2, 1: ECMA-48 §8.3.117.
enum class Colour { Red = 31, Yellow = 33, Green = 32, Dim = 2, Bold = 1 };

// Findings of one kind, which are said once.
struct Group {
    const Found* first = nullptr;
    std::vector<const Found*> all;
};

std::vector<Group> grouped(const std::vector<Found>& findings) {
    std::vector<Group> out;
    for (const Found& found : findings) {
        const auto same = std::ranges::find_if(out, [&found](const Group& group) {
            return group.first->id == found.id;
        });
        if (same == out.end()) {
            out.push_back({&found, {&found}});
        } else {
            same->all.push_back(&found);
        }
    }
    return out;
}

class Writer {
public:
    Writer(const Judgement& judgement, Paint paint, kakehashi::Language language)
        : judgement_(judgement), paint_(paint), language_(language) {}

    std::string write() && {
        verdicts();
        broken_links();
        counter_request();
        doubts();
        counts();
        for (const Group& group : grouped(judgement_.findings))
            group_of(group);
        suppressed();
        assumptions();
        passed_over();
        if (!judgement_.findings.empty()) {
            out_ += "\n" + painted(words({"check.text.explain"_msg}), Colour::Dim) + "\n";
        }
        return std::move(out_);
    }

private:
    std::string words(const Message& message) const { return text(message, language_); }

    std::string painted(const std::string& text, Colour colour) const {
        if (paint_ == Paint::Plain) return text;
        return "\x1b[" + std::to_string(static_cast<int>(colour)) + "m" + text + "\x1b[0m";
    }

    void lines(std::string_view text, std::string_view indent, std::string_view first) {
        bool begins = true;
        for (const std::string& line : wrapped(text, kColumns - columns_of(indent))) {
            out_.append(begins ? first : indent).append(line).append("\n");
            begins = false;
        }
    }
    void lines(std::string_view text, std::string_view indent) { lines(text, indent, indent); }

    std::string mark(Verdict verdict) const {
        switch (verdict) {
            case Verdict::Proven:
                return painted("✓", Colour::Green);
            case Verdict::Refuted:
                return painted("✗", Colour::Red);
            case Verdict::Unknown:
                break;
        }
        return painted("?", Colour::Yellow);
    }

    std::string word(Verdict verdict) const {
        switch (verdict) {
            case Verdict::Proven:
                return words({"check.verdict.proven"_msg});
            case Verdict::Refuted:
                return words({"check.verdict.refuted"_msg});
            case Verdict::Unknown:
                break;
        }
        return words({"check.verdict.unknown"_msg});
    }

    void verdict_line(Verdict verdict, MessageId question, const Message& detail) {
        out_ += mark(verdict) + " " +
                painted(padded(words({std::move(question)}), 20), Colour::Bold) +
                padded(word(verdict), 12) + painted(words(detail), Colour::Dim) + "\n";
    }

    void verdicts() {
        const ResidencyProof& proof = judgement_.stays_in_japan;
        verdict_line(
            proof.verdict(),
            "check.text.stays"_msg,
            {"check.text.stays_by"_msg,
             {{"iam", word(proof.iam.verdict)},
              {"network", word(proof.network.verdict)},
              {"both", word(proof.both.verdict)},
              {"questions", std::to_string(proof.questions)}}}
        );
        verdict_line(
            judgement_.works.verdict,
            "check.text.works"_msg,
            {"check.text.works_by"_msg, {{"requests", std::to_string(judgement_.works.requests)}}}
        );
    }

    void broken_links() {
        if (judgement_.works.broken.empty()) return;
        const BrokenLink& first = judgement_.works.broken.front();
        const std::size_t others = judgement_.works.broken.size() - 1;
        lines(
            words(
                {"check.text.broken"_msg,
                 {{"municipality", first.municipality},
                  {"link", first.link},
                  {"id", first.cause.id},
                  {"others", std::to_string(others)}}}
            ),
            "    "
        );
    }

    void counter_request() {
        const Doubt* counter = counterexample(judgement_.stays_in_japan);
        if (!counter) return;
        out_ += "\n  " + painted(words({"check.text.counterexample"_msg}), Colour::Bold) + "\n";
        out_ += witness_text(*counter->witness, "    ", language_);
        lines(words(counter->why) + place(counter->where), "    ");
    }

    static std::string place(const Location& where) {
        return where.file.empty() ? "" : " (" + text(where) + ")";
    }

    void doubts() {
        if (judgement_.stays_in_japan.verdict() != Verdict::Unknown) return;
        std::size_t shown = 0;
        for (const auto* part : {&judgement_.stays_in_japan.iam, &judgement_.stays_in_japan.both}) {
            for (const Doubt& doubt : part->doubts) {
                if (shown++ >= kDoubtsMax) return;
                lines(words(doubt.why) + place(doubt.where), "      ", "    ? ");
            }
        }
    }

    std::size_t count(Severity severity) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            judgement_.findings,
            [severity](const Found& found) { return finding_of(found).severity == severity; }
        ));
    }

    std::string counted(Severity severity, MessageId one, MessageId several) const {
        const std::size_t number = count(severity);
        return words(
            {number == 1 ? std::move(one) : std::move(several), {{"count", std::to_string(number)}}}
        );
    }

    void counts() {
        out_ += "\n";
        if (judgement_.findings.empty()) {
            out_ += words({"check.text.nothing"_msg}) + "\n";
            return;
        }
        out_ += painted(
                    words(
                        {"check.text.counts"_msg,
                         {{"errors",
                           counted(
                               Severity::Error,
                               "check.text.counts.error"_msg,
                               "check.text.counts.errors"_msg
                           )},
                          {"warnings",
                           counted(
                               Severity::Warning,
                               "check.text.counts.warning"_msg,
                               "check.text.counts.warnings"_msg
                           )},
                          {"notes",
                           counted(
                               Severity::Note,
                               "check.text.counts.note"_msg,
                               "check.text.counts.notes"_msg
                           )}}}
                    ),
                    Colour::Bold
                ) +
                "\n";
    }

    std::string title_of(const finding::Finding& finding) const {
        switch (finding.severity) {
            case Severity::Error:
                return painted("✗ " + std::string(finding.id), Colour::Red);
            case Severity::Warning:
                return painted("! " + std::string(finding.id), Colour::Yellow);
            case Severity::Note:
                break;
        }
        return painted("· " + std::string(finding.id), Colour::Dim);
    }

    static std::string places(const Group& group) {
        std::vector<std::string> distinct;
        std::string file;  // is not said again as long as it stays the same
        for (const Found* found : group.all) {
            const Location& where = found->where;
            if (where.file.empty()) continue;
            std::string place = where.file == file ? "" : where.file;
            if (where.line > 0) place += ":" + std::to_string(where.line);
            file = where.file;
            if (!place.empty() && std::ranges::find(distinct, place) == distinct.end()) {
                distinct.push_back(std::move(place));
            }
        }
        std::string out;
        for (std::size_t i = 0; i < std::min(distinct.size(), kPlacesMax); ++i)
            out += (i == 0 ? "" : ", ") + distinct[i];
        if (distinct.size() > kPlacesMax) {
            out += ", +" + std::to_string(distinct.size() - kPlacesMax);
        }
        return out;
    }

    void group_of(const Group& group) {
        const finding::Finding& finding = finding_of(*group.first);
        out_ += title_of(finding) + "  " + places(group) + "\n";
        // Beside errors the rest stays short, so that it all fits on a screen.
        if (finding.severity != Severity::Error && judgement_.has_error()) {
            if (finding.severity == Severity::Warning) {
                out_ += "    " + words(finding::title(finding)) + "\n";
            }
            return;
        }
        lines(words(group.first->what), "    ");
        if (finding.severity == Severity::Note) return;
        lines(fix_of(*group.first, language_), "      ", "    → ");
        const bool mended = std::ranges::any_of(group.all, [](const Found* found) {
            return !found->patch.empty();
        });
        if (mended) out_ += "    " + words({"check.text.fixable"_msg}) + "\n";
    }

    void suppressed() {
        if (judgement_.suppressed.empty()) return;
        out_ += "\n" + painted(words({"check.text.suppressed"_msg}), Colour::Bold) + "\n";
        for (const Suppressed& each : judgement_.suppressed) {
            lines(
                each.found.id + " " + text(each.found.where) + ": " +
                    words(
                        {"check.text.suppressed_until"_msg,
                         {{"reason", each.reason}, {"until", to_iso8601(each.until).substr(0, 10)}}}
                    ),
                "    ",
                "  - "
            );
        }
    }

    void assumptions() {
        if (judgement_.assumptions.empty()) return;
        if (judgement_.has_error()) {
            const std::string count = std::to_string(judgement_.assumptions.size());
            const Message message{"check.text.assumption_count"_msg, {{"count", count}}};
            out_ += "\n" + painted(words(message), Colour::Dim) + "\n";
            return;
        }
        out_ += "\n" + painted(words({"check.text.assumptions"_msg}), Colour::Dim) + "\n";
        for (const Message& each : judgement_.assumptions)
            lines(words(each), "    ", "  - ");
    }

    void passed_over() {
        const auto& passed = judgement_.passed_over;
        if (passed.empty()) return;
        out_ += "\n" + painted(words({"check.text.passed_over"_msg}), Colour::Dim) + "\n";
        for (std::size_t i = 0; i < std::min(passed.size(), kPassedOverMax); ++i) {
            const std::string line =
                text(passed[i].where) + " " + passed[i].type + ": " + words(passed[i].reason);
            lines(line, "    ", "  - ");
        }
        if (passed.size() > kPassedOverMax) {
            out_ += "  + " + std::to_string(passed.size() - kPassedOverMax) + "\n";
        }
    }

    const Judgement& judgement_;
    Paint paint_;
    kakehashi::Language language_;
    std::string out_;
};

}  // namespace

std::string witness_text(
    const Witness& witness,
    std::string_view indent,
    kakehashi::Language language
) {
    std::string out;
    const auto row = [&](MessageId label, std::string_view value) {
        if (value.empty()) return;
        out.append(indent);
        out +=
            padded(text(Message{std::move(label)}, language), kLabelColumns) + shown(value) + "\n";
    };
    row("check.witness.principal"_msg, witness.principal);
    row("check.witness.action"_msg, witness.action);
    row("check.witness.resource"_msg, witness.resource);
    row("check.witness.endpoint"_msg, witness.endpoint);
    for (const auto& [key, values] : witness.context) {
        if (std::ranges::find(kOrdinaryKeys, key) != kOrdinaryKeys.end()) continue;
        std::string joined;
        for (const std::string& value : values)
            joined += (joined.empty() ? "" : ", ") + value;
        row("check.witness.context"_msg, key + " = " + (joined.empty() ? "\"\"" : joined));
    }
    row("check.witness.model"_msg, witness.model_id);
    return out;
}

std::string judgement_text(const Judgement& judgement, Paint paint, kakehashi::Language language) {
    return Writer(judgement, paint, language).write();
}

}  // namespace kakehashi::check

#include "check/judgement_page.h"

#include "base/text.h"
#include "base/time.h"
#include "check/detail/page.h"
#include "check/detail/words.h"
#include "check/judgement_text.h"

#include <algorithm>
#include <utility>

namespace kakehashi::check {
namespace {

constexpr std::size_t kMunicipalitiesMax = 50;  // that are named; the rest is counted
constexpr std::size_t kFilesMax = 200;          // likewise

std::string day(std::chrono::sys_days date) {
    return to_iso8601(date).substr(0, 10);
}

std::string joined(const std::vector<std::string>& parts, std::size_t parts_max) {
    std::string out;
    for (std::size_t i = 0; i < std::min(parts.size(), parts_max); ++i)
        out += (i == 0 ? "" : ", ") + parts[i];
    if (parts.size() > parts_max) out += ", +" + std::to_string(parts.size() - parts_max);
    return out;
}

class Page {
public:
    Page(const Judgement& judgement, const PageFacts& facts, kakehashi::Language language)
        : judgement_(judgement), facts_(facts), language_(language) {}

    std::vector<Block> blocks() && {
        heading(1, "check.page.title"_msg);
        paragraph(
            {"check.page.about"_msg, {{"date", day(facts_.date)}, {"version", facts_.version}}}
        );
        verdicts();
        counter_request();
        subject();
        assumptions();
        findings();
        suppressed();
        method();
        return std::move(blocks_);
    }

    std::string words(const Message& message) const { return text(message, language_); }

private:
    using Tone = Paragraph::Tone;

    void heading(int level, MessageId id) {
        // Messages begin small; headings do not.
        std::string title = words({std::move(id)});
        if (title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
        blocks_.emplace_back(Heading{level, std::move(title)});
    }
    void paragraph(const Message& message, Tone tone = Tone::Plain) {
        blocks_.emplace_back(Paragraph{words(message), tone});
    }

    static Tone tone(Verdict verdict) {
        switch (verdict) {
            case Verdict::Proven:
                return Tone::Good;
            case Verdict::Refuted:
                return Tone::Bad;
            case Verdict::Unknown:
                break;
        }
        return Tone::Open;
    }

    static MessageId stays(Verdict verdict) {
        switch (verdict) {
            case Verdict::Proven:
                return "check.page.stays.proven"_msg;
            case Verdict::Refuted:
                return "check.page.stays.refuted"_msg;
            case Verdict::Unknown:
                break;
        }
        return "check.page.stays.unknown"_msg;
    }

    static MessageId works(Verdict verdict) {
        switch (verdict) {
            case Verdict::Proven:
                return "check.page.works.proven"_msg;
            case Verdict::Refuted:
                return "check.page.works.refuted"_msg;
            case Verdict::Unknown:
                break;
        }
        return "check.page.works.unknown"_msg;
    }

    void verdicts() {
        heading(2, "check.page.verdicts"_msg);
        const ResidencyProof& proof = judgement_.stays_in_japan;
        paragraph({stays(proof.verdict())}, tone(proof.verdict()));
        paragraph(
            {"check.page.stays.by"_msg,
             {{"iam", name(proof.iam.verdict)},
              {"network", name(proof.network.verdict)},
              {"both", name(proof.both.verdict)}}}
        );
        paragraph({works(judgement_.works.verdict)}, tone(judgement_.works.verdict));
        if (!judgement_.works.broken.empty()) {
            const BrokenLink& first = judgement_.works.broken.front();
            blocks_.emplace_back(Paragraph{words(first.cause.what)});
        }
    }

    void counter_request() {
        if (const Doubt* counter = counterexample(judgement_.stays_in_japan)) {
            heading(2, "check.page.counterexample"_msg);
            paragraph({"check.page.counterexample.about"_msg});
            blocks_.emplace_back(Code{witness_text(*counter->witness, "", language_)});
            blocks_.emplace_back(Paragraph{words(counter->why) + " (" + text(counter->where) + ")"}
            );
        } else if (const Doubt* doubt = first_doubt(judgement_.stays_in_japan)) {
            heading(2, "check.page.open"_msg);
            blocks_.emplace_back(Paragraph{words(doubt->why) + " (" + text(doubt->where) + ")"});
        }
    }

    void subject() {
        heading(2, "check.page.subject"_msg);
        Table table{{words({"check.page.item"_msg}), words({"check.page.value"_msg})}, {}};
        const auto row = [&](MessageId what, std::string value) {
            table.rows.push_back({words({std::move(what)}), std::move(value)});
        };
        row("check.page.operator"_msg, facts_.operator_account);
        row("check.page.municipalities"_msg, joined(facts_.municipalities, kMunicipalitiesMax));
        row("check.page.regions"_msg, joined(facts_.allowed_regions, kMunicipalitiesMax));
        row("check.page.profiles"_msg, joined(facts_.profiles, kMunicipalitiesMax));
        row("check.page.managed_policies"_msg, facts_.managed_policies_date);
        blocks_.emplace_back(std::move(table));
        Table files{{words({"check.page.file"_msg}), "SHA-256"}, {}};
        for (std::size_t i = 0; i < std::min(facts_.files.size(), kFilesMax); ++i)
            files.rows.push_back({facts_.files[i].name, facts_.files[i].sha256});
        blocks_.emplace_back(std::move(files));
        if (facts_.files.size() > kFilesMax) {
            paragraph(
                {"check.page.more_files"_msg,
                 {{"count", std::to_string(facts_.files.size() - kFilesMax)}}}
            );
        }
    }

    void assumptions() {
        heading(2, "check.page.assumptions"_msg);
        Items items;
        for (const Message& each : judgement_.assumptions)
            items.texts.push_back(words(each));
        items.texts.push_back(words({"check.page.assumption.templates"_msg}));
        blocks_.emplace_back(std::move(items));
    }

    void findings() {
        heading(2, "check.page.findings"_msg);
        if (judgement_.findings.empty()) {
            paragraph({"check.text.nothing"_msg});
            return;
        }
        Table table{
            {words({"check.page.severity"_msg}),
             "ID",
             words({"check.page.place"_msg}),
             words({"check.page.what"_msg}),
             words({"check.page.fix"_msg})},
            {}};
        for (const Found& found : judgement_.findings) {
            table.rows.push_back(
                {std::string(finding::name(finding_of(found).severity)),
                 found.id,
                 text(found.where),
                 words(found.what),
                 fix_of(found, language_)}
            );
        }
        blocks_.emplace_back(std::move(table));
    }

    void suppressed() {
        if (judgement_.suppressed.empty()) return;
        heading(2, "check.page.suppressed"_msg);
        paragraph({"check.page.suppressed.about"_msg});
        Table table{
            {"ID",
             words({"check.page.place"_msg}),
             words({"check.page.reason"_msg}),
             words({"check.page.until"_msg})},
            {}};
        for (const Suppressed& each : judgement_.suppressed) {
            table.rows.push_back(
                {each.found.id, text(each.found.where), each.reason, day(each.until)}
            );
        }
        blocks_.emplace_back(std::move(table));
    }

    void method() {
        heading(2, "check.page.method"_msg);
        Items items;
        for (MessageId id :
             {"check.page.method.requests"_msg,
              "check.page.method.formula"_msg,
              "check.page.method.search"_msg,
              "check.page.method.replay"_msg,
              "check.page.method.unknown"_msg}) {
            items.texts.push_back(words({std::move(id)}));
        }
        blocks_.emplace_back(std::move(items));
        const ResidencyProof& proof = judgement_.stays_in_japan;
        paragraph(
            {"check.page.size"_msg,
             {{"questions", std::to_string(proof.questions)},
              {"searched", std::to_string(proof.searched)},
              {"branches", std::to_string(proof.size.branches)},
              {"states", std::to_string(proof.size.states)},
              {"requests", std::to_string(judgement_.works.requests)}}}
        );
    }

    const Judgement& judgement_;
    const PageFacts& facts_;
    kakehashi::Language language_;
    std::vector<Block> blocks_;
};

}  // namespace

std::string judgement_page(
    const Judgement& judgement,
    const PageFacts& facts,
    PageForm form,
    kakehashi::Language language
) {
    Page page(judgement, facts, language);
    const std::string title = page.words({"check.page.title"_msg});
    const auto blocks = std::move(page).blocks();
    if (form == PageForm::Markdown) return markdown_page(blocks);
    return html_page(blocks, title, language == kakehashi::Language::Japanese ? "ja" : "en");
}

}  // namespace kakehashi::check

#include "cli/check.h"

#include "base/columns.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "check/judgement.h"
#include "check/judgement_json.h"
#include "check/judgement_page.h"
#include "check/judgement_sarif.h"
#include "check/judgement_text.h"
#include "check/mend.h"
#include "cli/judged_pair.h"
#include "cli/reachable.h"
#include "cli/version.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace kakehashi::cli {
namespace {

namespace fs = std::filesystem;

// A mended file may show what was hidden behind it; this many rounds and no more.
constexpr int kMendingsMax = 4;

// A date in a configuration means the day in Japan.
std::chrono::sys_days today_in_japan(const Clock& clock) {
    return std::chrono::floor<std::chrono::days>(clock.now() + std::chrono::hours(9));
}

std::optional<check::PageForm> page_form(const std::string& file) {
    const std::string ending = lower_ascii(fs::path(file).extension().string());
    if (ending == ".md" || ending == ".markdown") return check::PageForm::Markdown;
    if (ending == ".html" || ending == ".htm") return check::PageForm::Html;
    return std::nullopt;
}

std::optional<CommandFailure> wrong_options(const CheckOptions& options) {
    const int questions = static_cast<int>(!options.can.empty()) +
                          static_cast<int>(!options.diff.empty()) + static_cast<int>(options.fix);
    const bool asks = !options.can.empty() || !options.diff.empty();
    if (questions > 1 || (asks && options.report) || (asks && options.output == Output::Sarif)) {
        return wrong_use("usage", {"cli.check.one_question"_msg});
    }
    if (options.report && !page_form(*options.report)) {
        return wrong_use("report-form", {"cli.check.report_form"_msg, {{"file", *options.report}}});
    }
    return std::nullopt;
}

// --- what is printed ---

std::vector<check::JudgedFile> judged_files(const JudgedPair& pair, Files& files) {
    std::vector<check::JudgedFile> out;
    const std::string file = pair.project.file.string();
    if (const auto text = files.read(file, config::kConfigurationBytesMax)) {
        out.push_back({pair.project.file.filename().string(), sha256_hex(*text)});
    }
    for (const auto& [name, text] : pair.sources.texts)
        out.push_back({name, sha256_hex(text)});
    return out;
}

check::PageFacts page_facts(const JudgedPair& pair, const Clock& clock, Files& files) {
    const config::Configuration& configuration = pair.world->configuration();
    check::PageFacts facts;
    facts.files = judged_files(pair, files);
    facts.operator_account = configuration.operator_account.account;
    for (const config::Municipality& each : configuration.municipalities)
        facts.municipalities.push_back(each.name + " (" + each.account + ")");
    facts.allowed_regions = configuration.bedrock.allowed_regions;
    facts.profiles = configuration.bedrock.profiles;
    facts.managed_policies_date = pair.world->managed_policies_date();
    facts.version = KAKEHASHI_VERSION;
    facts.date = today_in_japan(clock);
    return facts;
}

// A line that `--fix` has changed, or wants to.
struct Fixed {
    std::string id;
    check::LineEdit edit;
};

json::array fixed_json(const std::vector<Fixed>& all) {
    json::array out;
    for (const Fixed& each : all) {
        out.push_back(json::object{
            {"id", each.id},
            {"file", each.edit.file},
            {"first_line", each.edit.first_line},
            {"last_line", each.edit.last_line},
            {"text", each.edit.text}});
    }
    return out;
}

std::string fixed_text(const std::vector<Fixed>& all) {
    std::string out;
    for (const Fixed& each : all) {
        const check::LineEdit& edit = each.edit;
        out += edit.file + ":" + std::to_string(edit.first_line) + ": " + each.id + "\n";
        if (edit.last_line >= edit.first_line) {
            const std::size_t lines = edit.last_line - edit.first_line + 1;
            out += "  - (" + std::to_string(lines) + ")\n";
        }
        std::string_view text = edit.text;
        while (!text.empty()) {
            const std::string_view line = text.substr(0, text.find('\n'));
            out += "  + " + shown(line) + "\n";
            text.remove_prefix(std::min(line.size() + 1, text.size()));
        }
    }
    return out;
}

void show(
    const check::Judgement& judgement,
    const std::vector<Fixed>& fixed,
    const CheckOptions& options,
    Terminal& terminal,
    const Environment& environment
) {
    const Language language = terminal.language();
    switch (options.output) {
        case Output::Json: {
            json::object out = check::judgement_json(judgement, language);
            if (options.fix) out["fixed"] = fixed_json(fixed);
            terminal.answer(json::serialize(out) + "\n");
            return;
        }
        case Output::Sarif:
            terminal.answer(check::judgement_sarif(judgement, KAKEHASHI_VERSION, language) + "\n");
            return;
        case Output::Text:
            break;
    }
    const auto paint =
        terminal.in_colour(environment) ? check::Paint::Colours : check::Paint::Plain;
    if (!fixed.empty()) terminal.answer(fixed_text(fixed) + "\n");
    terminal.answer(check::judgement_text(judgement, paint, language));
}

// --- --fix ---

class Mending {
public:
    Mending(JudgedPair& pair, std::chrono::sys_days today) : pair_(pair), today_(today) {}

    // Mends in memory until nothing more can be. Errors: a mended file would not be read again,
    // and then nothing is written.
    Expected<check::Judgement, CommandFailure> mend(check::Judgement judgement) {
        for (int round = 0; round < kMendingsMax; ++round) {
            const check::Mended mended = check::mended(judgement.findings, editable());
            if (mended.texts.empty()) break;
            for (const check::Found* found : mended.found) {
                for (const check::LineEdit& edit : found->patch)
                    fixed_.push_back({found->id, edit});
            }
            for (const auto& [name, text] : mended.texts) {
                pair_.sources.texts[name] = text;
                changed_[name] = text;
            }
            KAKEHASHI_TRY(pair_.world, partial_world_of(pair_.sources));
            judgement = check::judge(*pair_.world, today_);
        }
        return judgement;
    }

    Expected<void, WriteError> write(FileWriter& writer) const {
        std::vector<NewFile> files;
        for (const auto& [name, text] : changed_)
            files.push_back({(folder() / name).string(), text});
        return writer.write(std::move(files), Existing::Replaced);
    }

    const std::vector<Fixed>& fixed() const { return fixed_; }

private:
    fs::path folder() const { return pair_.project.file.parent_path(); }

    // Files in the configuration's own folder. What is rendered has its truth in kakehashi.toml:
    // a change would be lost.
    std::map<std::string, std::string> editable() const {
        std::map<std::string, std::string> out;
        for (const auto& [name, text] : pair_.sources.texts) {
            const auto& rendered = pair_.sources.rendered;
            if (std::ranges::find(rendered, name) != rendered.end()) continue;
            if (is_inside(name)) out[name] = text;
        }
        return out;
    }

    bool is_inside(const std::string& name) const {
        std::error_code failed;
        const auto root = fs::canonical(folder(), failed);
        if (failed) return false;
        const auto path = fs::canonical(folder() / name, failed);
        if (failed) return false;
        const auto relative = path.lexically_relative(root);
        return !relative.empty() && *relative.begin() != "..";
    }

    JudgedPair& pair_;  // outlives this
    std::chrono::sys_days today_;
    std::map<std::string, std::string> changed_;
    std::vector<Fixed> fixed_;
};

// --- the command ---

Expected<check::Judgement, CommandFailure> mended_judgement(
    Mending& mending,
    check::Judgement judgement,
    FileWriter& writer
) {
    KAKEHASHI_TRY(auto after, mending.mend(std::move(judgement)));
    if (auto written = mending.write(writer); !written) {
        return Failure{not_written(written.error())};
    }
    return after;
}

void say_what_stays(const check::Judgement& judgement, const JudgedPair& pair, Terminal& terminal) {
    const auto& rendered = pair.sources.rendered;
    const bool any = std::ranges::any_of(judgement.findings, [&](const check::Found& found) {
        return std::ranges::any_of(found.patch, [&](const check::LineEdit& edit) {
            return std::ranges::find(rendered, edit.file) != rendered.end();
        });
    });
    if (any) terminal.say(Message{"cli.check.rendered"_msg});
}

}  // namespace

Exit run(
    const CheckOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files,
    FileWriter& writer,
    const Clock& clock
) {
    const auto refuse = [&](const CommandFailure& failure) {
        return report(terminal, options.output, failure);
    };
    if (const auto wrong = wrong_options(options)) return refuse(*wrong);
    if (!options.diff.empty()) return show_difference(options, terminal, environment, files);
    auto project = project_of(options, environment, files);
    if (!project) return refuse(project.error());
    auto pair = read_pair(options, *std::move(project), files);
    if (!pair) return refuse(pair.error());
    if (!options.can.empty()) return show_reachable(options, *pair->world, terminal);

    const auto today = today_in_japan(clock);
    check::Judgement judgement = check::judge(*pair->world, today);
    Mending mending(*pair, today);
    if (options.fix) {
        auto after = mended_judgement(mending, std::move(judgement), writer);
        if (!after) return refuse(after.error());
        judgement = *std::move(after);
        say_what_stays(judgement, *pair, terminal);
    }
    if (options.report) {
        const std::string page = check::judgement_page(
            judgement,
            page_facts(*pair, clock, files),
            *page_form(*options.report),
            terminal.language()
        );
        std::vector<NewFile> one{{*options.report, page}};
        if (auto written = writer.write(std::move(one), Existing::Replaced); !written) {
            return refuse(not_written(written.error()));
        }
    }
    show(judgement, mending.fixed(), options, terminal, environment);
    return judgement.has_error() ? Exit::Problem : Exit::Done;
}

}  // namespace kakehashi::cli

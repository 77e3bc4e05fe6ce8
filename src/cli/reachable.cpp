#include "cli/reachable.h"

#include "base/json.h"
#include "check/difference.h"
#include "check/judgement_json.h"
#include "check/judgement_text.h"
#include "check/reachable.h"
#include "cli/judged_pair.h"

#include <filesystem>
#include <utility>

namespace kakehashi::cli {
namespace {

namespace fs = std::filesystem;
using check::Reachable;

const char* name(Reachable::Can can) {
    switch (can) {
        case Reachable::Can::Yes:
            return "yes";
        case Reachable::Can::No:
            return "no";
        case Reachable::Can::Unknown:
            return "unknown";
    }
    return "";
}

json::object part_json(const Reachable::Part& part, Language language) {
    const bool unknown = part.can == Reachable::Can::Unknown;
    return {
        {"can", name(part.can)},
        {"witness", part.witness ? check::witness_json(*part.witness) : json::object()},
        {"reason", unknown ? text(part.why, language) : std::string()}};
}

std::string reachable_json(const Reachable& answer, Language language) {
    json::object out = part_json(answer.by_policies, language);
    out["from_inside"] = part_json(answer.from_inside, language);
    return json::serialize(out);
}

std::string part_text(
    const Reachable::Part& part,
    MessageId yes,
    MessageId no,
    MessageId unknown,
    Language language
) {
    switch (part.can) {
        case Reachable::Can::Yes:
            return text(Message{std::move(yes)}, language) + "\n" +
                   check::witness_text(*part.witness, "  ", language);
        case Reachable::Can::No:
            return text(Message{std::move(no)}, language) + "\n";
        case Reachable::Can::Unknown:
            break;
    }
    const Message why{std::move(unknown), {{"reason", text(part.why, language)}}};
    return text(why, language) + "\n";
}

std::string reachable_text(const Reachable& answer, Language language) {
    std::string out = part_text(
        answer.by_policies,
        "cli.check.can_yes"_msg,
        "cli.check.can_no"_msg,
        "cli.check.can_unknown"_msg,
        language
    );
    if (answer.by_policies.can == Reachable::Can::No) return out;
    return out + part_text(
                     answer.from_inside,
                     "cli.check.inside_yes"_msg,
                     "cli.check.inside_no"_msg,
                     "cli.check.inside_unknown"_msg,
                     language
                 );
}

using check::OnlyThere;

// The witness, with what tells where it comes from.
json::array all_json(const std::vector<OnlyThere>& all) {
    json::array out;
    for (const OnlyThere& each : all) {
        json::object one = check::witness_json(each.witness);
        one["by"] = each.by == OnlyThere::By::Network ? "network" : "policies";
        one["file"] = each.where.file;
        one["line"] = each.where.line;
        out.emplace_back(std::move(one));
    }
    return out;
}

std::string difference_json(const check::Difference& difference, Language language) {
    json::array unknown;
    for (const Message& each : difference.unknown)
        unknown.emplace_back(text(each, language));
    return json::serialize(json::object{
        {"gained", all_json(difference.gained)},
        {"lost", all_json(difference.lost)},
        {"unknown", std::move(unknown)}});
}

std::string difference_text(const check::Difference& difference, Language language) {
    std::string out;
    const auto list = [&](MessageId title, const char* mark, const auto& all) {
        if (all.empty()) return;
        out += text(Message{std::move(title)}, language) + "\n";
        for (const OnlyThere& each : all) {
            const bool network = each.by == OnlyThere::By::Network;
            const Message by{network ? "cli.check.by_network"_msg : "cli.check.by_policies"_msg};
            const std::string place = each.where.file.empty() ? "" : " (" + text(each.where) + ")";
            out += mark + text(by, language) + place + "\n" +
                   check::witness_text(each.witness, "    ", language);
        }
    };
    list("cli.check.gained"_msg, "  + ", difference.gained);
    list("cli.check.lost"_msg, "  - ", difference.lost);
    for (const Message& each : difference.unknown)
        out += "  ? " + text(each, language) + "\n";
    if (out.empty()) out = text(Message{"cli.check.same"_msg}, language) + "\n";
    return out + text(Message{"cli.check.asked"_msg}, language) + "\n";
}

// A folder means its kakehashi.toml.
Expected<JudgedPair, CommandFailure> pair_in(
    const std::string& place,
    const CheckOptions& options,
    const Environment& environment,
    Files& files
) {
    std::error_code failed;
    const fs::path path(place);
    const bool folder = fs::is_directory(path, failed);
    const std::string file = folder ? (path / "kakehashi.toml").string() : place;
    KAKEHASHI_TRY(Project project, open_project(file, environment, files));
    return read_pair(options, std::move(project), files);
}

}  // namespace

Exit show_reachable(const CheckOptions& options, const cloud::World& world, Terminal& terminal) {
    const auto answer = check::can(world, options.can[0], options.can[1], options.can[2]);
    if (!answer) return report(terminal, options.output, wrong_use("can", answer.error()));
    const Language language = terminal.language();
    terminal.answer(
        options.output == Output::Json ? reachable_json(*answer, language) + "\n"
                                       : reachable_text(*answer, language)
    );
    return answer->by_policies.can == Reachable::Can::No ? Exit::Done : Exit::Problem;
}

Exit show_difference(
    const CheckOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    const auto before = pair_in(options.diff[0], options, environment, files);
    if (!before) return report(terminal, options.output, before.error());
    const auto after = pair_in(options.diff[1], options, environment, files);
    if (!after) return report(terminal, options.output, after.error());
    const check::Difference difference = check::difference(*before->world, *after->world);
    const Language language = terminal.language();
    terminal.answer(
        options.output == Output::Json ? difference_json(difference, language) + "\n"
                                       : difference_text(difference, language)
    );
    const bool worse = !difference.gained.empty() || !difference.unknown.empty();
    return worse ? Exit::Problem : Exit::Done;
}

}  // namespace kakehashi::cli

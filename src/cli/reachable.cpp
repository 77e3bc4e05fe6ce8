#include "cli/reachable.h"

#include "base/json.h"
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

std::string reachable_json(const Reachable& answer, Language language) {
    const bool unknown = answer.can == Reachable::Can::Unknown;
    return json::serialize(json::object{
        {"can", name(answer.can)},
        {"witness", answer.witness ? check::witness_json(*answer.witness) : json::object()},
        {"reason", unknown ? text(answer.why, language) : std::string()}});
}

std::string reachable_text(const Reachable& answer, Language language) {
    switch (answer.can) {
        case Reachable::Can::Yes:
            return text(Message{"cli.check.can_yes"_msg}, language) + "\n" +
                   check::witness_text(*answer.witness, "  ", language);
        case Reachable::Can::No:
            return text(Message{"cli.check.can_no"_msg}, language) + "\n";
        case Reachable::Can::Unknown:
            break;
    }
    return text(
               Message{"cli.check.can_unknown"_msg, {{"reason", text(answer.why, language)}}},
               language
           ) +
           "\n";
}

json::array witnesses_json(const std::vector<check::Witness>& all) {
    json::array out;
    for (const check::Witness& each : all)
        out.push_back(check::witness_json(each));
    return out;
}

std::string difference_json(const check::Difference& difference, Language language) {
    json::array unknown;
    for (const Message& each : difference.unknown)
        unknown.emplace_back(text(each, language));
    return json::serialize(json::object{
        {"gained", witnesses_json(difference.gained)},
        {"lost", witnesses_json(difference.lost)},
        {"unknown", std::move(unknown)}});
}

std::string difference_text(const check::Difference& difference, Language language) {
    std::string out;
    const auto list = [&](MessageId title, const char* mark, const auto& witnesses) {
        if (witnesses.empty()) return;
        out += text(Message{std::move(title)}, language) + "\n";
        for (const check::Witness& each : witnesses)
            out += std::string(mark) + "\n" + check::witness_text(each, "    ", language);
    };
    list("cli.check.gained"_msg, "  +", difference.gained);
    list("cli.check.lost"_msg, "  -", difference.lost);
    for (const Message& each : difference.unknown)
        out += "  ? " + text(each, language) + "\n";
    return out.empty() ? text(Message{"cli.check.same"_msg}, language) + "\n" : out;
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
    return answer->can == Reachable::Can::No ? Exit::Done : Exit::Problem;
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

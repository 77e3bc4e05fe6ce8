#include "cli/models.h"

#include "base/json.h"
#include "cli/guard.h"
#include "cli/project.h"

#include <utility>

namespace kakehashi::cli {
namespace {

// "ap-northeast-1 (東京)", or the id alone.
std::string named_region(const std::string& id, Language language) {
    const aws::Region* region = aws::find_region(id);
    if (!region) return id;
    return id + " (" + (language == Language::Japanese ? region->name_ja : region->name_en) + ")";
}

json::object row_of(const aws::ResidencyGuard& guard, const std::string& id, Language language) {
    json::object row{{"model_id", id}};
    const auto judged = guard.judge(id, guard.rules().source_region);
    row["allowed"] = judged.has_value();
    json::array runs_in;
    const aws::RegionSet& places = judged ? judged->places() : judged.error().places;
    for (const std::string& region : places.ids()) {
        runs_in.emplace_back(region);
    }
    row["runs_in"] = std::move(runs_in);
    if (!judged) row["reason"] = text(aws::describe(judged.error()), language);
    if (const auto* profile = guard.catalog().profile(id)) {
        row["name"] = profile->name;
        row["unverified"] = profile->unverified;
    }
    return row;
}

std::string line_of(const json::object& row, Language language) {
    std::string line = row.at("allowed").as_bool() ? "✓ " : "✗ ";
    line += json::view(row.at("model_id").as_string());
    if (!row.at("allowed").as_bool()) {
        return line + "\n    " + std::string(json::view(row.at("reason").as_string())) + "\n";
    }
    std::string regions;
    for (const json::value& region : row.at("runs_in").as_array()) {
        regions += regions.empty() ? "" : ", ";
        regions += named_region(std::string(json::view(region.as_string())), language);
    }
    return line + "\n    → " + regions + "\n";
}

}  // namespace

Exit run(
    const ModelsOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    const auto project = open_project(options.config, environment, files);
    if (!project) return report(terminal, options.output, project.error());
    const config::Bedrock& bedrock = project->configuration.bedrock;
    const aws::ResidencyGuard guard = guard_of(bedrock);
    json::array rows;
    for (const std::string& id : bedrock.profiles) {
        rows.push_back(row_of(guard, id, terminal.language()));
    }
    for (const auto& [arn, source] : bedrock.application_profiles) {
        rows.push_back(row_of(guard, arn, terminal.language()));
    }
    if (options.output == Output::Json) {
        const json::object out{
            {"source_region", bedrock.source_region},
            {"catalog_date", guard.catalog().date()},
            {"models", std::move(rows)}};
        terminal.answer(json::serialize(out) + "\n");
        return Exit::Done;
    }
    for (const json::value& row : rows) {
        terminal.answer(line_of(row.as_object(), terminal.language()));
    }
    terminal.say(Message{"cli.models.dated"_msg, {{"date", guard.catalog().date()}}});
    return Exit::Done;
}

}  // namespace kakehashi::cli
